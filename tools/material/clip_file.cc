#include "tools/material/clip_file.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <cstdio>

namespace fsc::material {
namespace {

constexpr const char* kQuality = "15";  // x264's constant rate factor

class AvClipWriter : public ClipWriter {
 public:
  ~AvClipWriter() override {
    sws_freeContext(scaler_);
    av_packet_free(&packet_);
    av_frame_free(&frame_);
    avcodec_free_context(&encoder_);
    if (format_ != nullptr) {
      avio_closep(&format_->pb);
      avformat_free_context(format_);
    }
    if (!finished_ && !temporary_.empty()) std::remove(temporary_.c_str());
  }

  Status Open(const std::string& path, int width_px, int height_px, int frame_rate) {
    path_ = path;
    temporary_ = path + ".part";
    if (width_px % 2 != 0 || height_px % 2 != 0)
      return Usage("the clip's size is odd", path, "use even width and height");
    const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
    if (codec == nullptr) return Usage("this FFmpeg has no libx264", path, "write pictures instead");
    if (avformat_alloc_output_context2(&format_, nullptr, "mp4", temporary_.c_str()) < 0)
      return Failed("no mp4 writer");
    AVStream* stream = avformat_new_stream(format_, nullptr);
    encoder_ = avcodec_alloc_context3(codec);
    frame_ = av_frame_alloc();
    packet_ = av_packet_alloc();
    if (stream == nullptr || encoder_ == nullptr || frame_ == nullptr || packet_ == nullptr) return Failed("no memory");
    encoder_->width = frame_->width = width_px;
    encoder_->height = frame_->height = height_px;
    encoder_->pix_fmt = AV_PIX_FMT_YUV420P;
    frame_->format = AV_PIX_FMT_YUV420P;
    encoder_->time_base = {1, frame_rate};
    encoder_->framerate = {frame_rate, 1};
    encoder_->colorspace = AVCOL_SPC_SMPTE170M;
    encoder_->color_primaries = AVCOL_PRI_SMPTE170M;
    encoder_->color_trc = AVCOL_TRC_SMPTE170M;
    encoder_->color_range = AVCOL_RANGE_MPEG;
    av_log_set_level(AV_LOG_ERROR);
    encoder_->thread_count = 1;  // the bytes must not depend on the machine
    if ((format_->oformat->flags & AVFMT_GLOBALHEADER) != 0) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(encoder_->priv_data, "crf", kQuality, 0);
    av_opt_set(encoder_->priv_data, "preset", "slow", 0);
    if (avcodec_open2(encoder_, codec, nullptr) < 0) return Failed("cannot open the H.264 encoder");
    if (avcodec_parameters_from_context(stream->codecpar, encoder_) < 0) return Failed("cannot describe the stream");
    stream->time_base = encoder_->time_base;
    stream->avg_frame_rate = encoder_->framerate;
    if (av_frame_get_buffer(frame_, 0) < 0) return Failed("no memory");
    scaler_ = sws_getContext(width_px, height_px, AV_PIX_FMT_BGR24, width_px, height_px, AV_PIX_FMT_YUV420P,
                             SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr);
    if (scaler_ == nullptr) return Failed("cannot convert colours");
    const int* bt601 = sws_getCoefficients(SWS_CS_ITU601);
    if (sws_setColorspaceDetails(scaler_, bt601, 1, bt601, 0, 0, 1 << 16, 1 << 16) < 0)
      return Failed("cannot convert colours");
    if (avio_open(&format_->pb, temporary_.c_str(), AVIO_FLAG_WRITE) < 0) return Failed("cannot create the file");
    if (avformat_write_header(format_, nullptr) < 0) return Failed("cannot write the header");
    return {};
  }

  Status Write(const Image& image) override {
    if (image.width_px != encoder_->width || image.height_px != encoder_->height) return Failed("pictures change size");
    if (av_frame_make_writable(frame_) < 0) return Failed("no memory");
    const uint8_t* rows[1] = {image.bgr.data()};
    const int stride[1] = {3 * image.width_px};
    sws_scale(scaler_, rows, stride, 0, image.height_px, frame_->data, frame_->linesize);
    frame_->pts = frames_++;
    if (avcodec_send_frame(encoder_, frame_) < 0) return Failed("the encoder refuses a picture");
    return Drain();
  }

  Status Finish() override {
    if (avcodec_send_frame(encoder_, nullptr) < 0) return Failed("the encoder does not end");
    FSC_RETURN_IF_ERROR(Drain());
    if (av_write_trailer(format_) < 0 || avio_closep(&format_->pb) < 0) return Failed("cannot complete the file");
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return Failed("cannot rename the file");
    finished_ = true;
    return {};
  }

 private:
  Error Failed(const char* what) const { return IoError(what, path_, "check the folder and the space left"); }

  Status Drain() {
    while (avcodec_receive_packet(encoder_, packet_) >= 0) {
      packet_->duration = 1;
      av_packet_rescale_ts(packet_, encoder_->time_base, format_->streams[0]->time_base);
      packet_->stream_index = 0;
      if (av_interleaved_write_frame(format_, packet_) < 0) return Failed("cannot write");
    }
    return {};
  }

  std::string path_, temporary_;
  AVFormatContext* format_ = nullptr;
  AVCodecContext* encoder_ = nullptr;
  AVFrame* frame_ = nullptr;
  AVPacket* packet_ = nullptr;
  SwsContext* scaler_ = nullptr;
  int64_t frames_ = 0;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<ClipWriter>> ClipWriter::Create(const std::string& path, int width_px, int height_px,
                                                       int frame_rate) {
  auto writer = std::make_unique<AvClipWriter>();
  FSC_RETURN_IF_ERROR(writer->Open(path, width_px, height_px, frame_rate));
  return std::unique_ptr<ClipWriter>(std::move(writer));
}

}  // namespace fsc::material
