#include "streams/video_writer.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "streams/media/functions.h"
#include "streams/media/muxed_file.h"
#include "streams/picture_file.h"
#include "streams/still_list.h"

namespace fsc {
namespace {

Status CheckImage(const Image& image, const VideoWriterConfig& config, const std::string& path) {
  if (image.width_px != config.width_px || image.height_px != config.height_px ||
      image.bgr.size() != size_t(image.width_px) * size_t(image.height_px) * 3) {
    return Usage("picture of another size than the video's", path,
                 std::to_string(image.width_px) + "x" + std::to_string(image.height_px));
  }
  return {};
}

class StillWriter : public VideoWriter {
 public:
  StillWriter(std::string path, const VideoWriterConfig& config) : path_(std::move(path)), config_(config) {}
  Status Write(const Image& image, int64_t) override {
    FSC_RETURN_IF_ERROR(CheckImage(image, config_, path_));
    return WritePng(StillName(path_, count_++), image);
  }
  Status Finish() override {
    if (count_ == 0) return Usage("no picture to write", path_);
    return {};
  }

 private:
  std::string path_;
  VideoWriterConfig config_;
  int64_t count_ = 0;
};

class H264Writer : public VideoWriter {
 public:
  H264Writer(std::string path, const VideoWriterConfig& config) : path_(std::move(path)), config_(config) {}
  Status Open();
  Status Write(const Image& image, int64_t timestamp_ticks) override;
  Status Finish() override;

 private:
  Error Failure(const std::string& what, int code) const;
  Status SendAndReceive(const AVFrame* frame);

  std::string path_;
  VideoWriterConfig config_;
  FfmpegLog log_;
  UniqueCodecContext encoder_;
  UniqueSws scaler_;
  UniquePacket packet_;
  std::unique_ptr<MuxedFile> file_;
  std::vector<uint8_t> even_;  // the picture, padded to even sizes
  int64_t last_timestamp_ = std::numeric_limits<int64_t>::min();
};

Error H264Writer::Failure(const std::string& what, int code) const {
  const std::string line = log_.LastError();
  return Internal(what, path_, line.empty() ? FfmpegErrorText(code) : line);
}

Status H264Writer::Open() {
  const FfmpegLogScope scope(&log_);
  const AVCodec* const codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr) return Usage("this libavcodec has no libx264", path_, "write .png files instead");
  FSC_ASSIGN_OR_RETURN(file_, MuxedFile::Create(path_, AV_CODEC_ID_H264));
  encoder_.reset(avcodec_alloc_context3(codec));
  packet_.reset(av_packet_alloc());
  if (encoder_ == nullptr || packet_ == nullptr) return Internal("out of memory", path_, "");
  encoder_->opaque = &log_;
  encoder_->width = (config_.width_px + 1) / 2 * 2;
  encoder_->height = (config_.height_px + 1) / 2 * 2;
  encoder_->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder_->color_range = AVCOL_RANGE_MPEG;
  encoder_->colorspace = AVCOL_SPC_SMPTE170M;
  encoder_->time_base = {config_.time_base.num, config_.time_base.den};
  encoder_->framerate = {config_.frame_rate.num, config_.frame_rate.den};
  encoder_->thread_count = config_.threads;
  if (file_->wants_global_header()) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_opt_set(encoder_->priv_data, "preset", "veryfast", 0);
  av_opt_set(encoder_->priv_data, "crf", std::to_string(config_.crf).c_str(), 0);
  const int code = avcodec_open2(encoder_.get(), codec, nullptr);
  if (code < 0) return Failure("libx264 refuses the video", code);
  scaler_.reset(sws_getContext(encoder_->width, encoder_->height, AV_PIX_FMT_BGR24, encoder_->width, encoder_->height,
                               AV_PIX_FMT_YUV420P, SWS_BICUBIC | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
  if (scaler_ == nullptr) return Failure("pictures cannot become YUV", AVERROR(EINVAL));
  even_.resize(size_t(encoder_->width) * size_t(encoder_->height) * 3);
  if (avcodec_parameters_from_context(file_->parameters(), encoder_.get()) < 0)
    return Internal("out of memory", path_, "");
  return file_->Begin(config_.time_base, config_.frame_rate);
}

Status H264Writer::SendAndReceive(const AVFrame* frame) {
  int code = avcodec_send_frame(encoder_.get(), frame);
  if (code < 0) return Failure("libx264 refuses a picture", code);
  while ((code = avcodec_receive_packet(encoder_.get(), packet_.get())) >= 0) {
    FSC_RETURN_IF_ERROR(file_->Write(packet_.get()));
  }
  if (code != AVERROR(EAGAIN) && code != AVERROR_EOF) return Failure("libx264 failed", code);
  return {};
}

Status H264Writer::Write(const Image& image, int64_t timestamp_ticks) {
  FSC_RETURN_IF_ERROR(CheckImage(image, config_, path_));
  if (timestamp_ticks <= last_timestamp_)
    return Usage("timestamps must increase", path_, std::to_string(timestamp_ticks));
  last_timestamp_ = timestamp_ticks;
  const FfmpegLogScope scope(&log_);
  const size_t out_row = size_t(encoder_->width) * 3;
  const size_t in_row = size_t(image.width_px) * 3;
  for (int y = 0; y < encoder_->height; ++y) {
    uint8_t* const out = &even_[size_t(y) * out_row];
    memcpy(out, &image.bgr[size_t(std::min(y, image.height_px - 1)) * in_row], in_row);
    if (out_row > in_row) memcpy(out + in_row, out + in_row - 3, 3);
  }
  const UniqueFrame frame(av_frame_alloc());
  if (frame == nullptr) return Internal("out of memory", path_, "");
  frame->width = encoder_->width;
  frame->height = encoder_->height;
  frame->format = encoder_->pix_fmt;
  frame->pts = timestamp_ticks;
  if (av_frame_get_buffer(frame.get(), 0) < 0) return Internal("out of memory", path_, "");
  const uint8_t* const planes[4] = {even_.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {int(out_row), 0, 0, 0};
  sws_scale(scaler_.get(), planes, strides, 0, encoder_->height, frame->data, frame->linesize);
  return SendAndReceive(frame.get());
}

Status H264Writer::Finish() {
  if (last_timestamp_ == std::numeric_limits<int64_t>::min()) return Usage("no picture to write", path_);
  const FfmpegLogScope scope(&log_);
  FSC_RETURN_IF_ERROR(SendAndReceive(nullptr));
  return file_->Finish();
}

}  // namespace

Result<std::unique_ptr<VideoWriter>> media::CreateVideoWriter(const std::string& path,
                                                              const VideoWriterConfig& config) {
  if (config.width_px < 1 || config.height_px < 1 || config.width_px > 16384 || config.height_px > 16384) {
    return Usage("video size out of range", path,
                 std::to_string(config.width_px) + "x" + std::to_string(config.height_px) + ", at most 16384");
  }
  if (config.time_base.num <= 0 || config.time_base.den <= 0 || config.frame_rate.num <= 0 ||
      config.frame_rate.den <= 0) {
    return Usage("time base and frame rate must be positive", path);
  }
  if (config.crf < 0 || config.crf > 51 || config.threads < 1 || config.threads > 64) {
    return Usage("crf must be 0..51 and threads 1..64", path);
  }
  if (path.ends_with(".png"))
    return std::unique_ptr<VideoWriter>(std::make_unique<StillWriter>(StillPattern(path), config));
  auto writer = std::make_unique<H264Writer>(path, config);
  FSC_RETURN_IF_ERROR(writer->Open());
  return std::unique_ptr<VideoWriter>(std::move(writer));
}

}  // namespace fsc
