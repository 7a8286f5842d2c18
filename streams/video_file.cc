#include "streams/video_file.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "streams/ffmpeg_log.h"
#include "streams/ffmpeg_raii.h"

namespace fsc {
namespace {

constexpr int kMaxThreads = 64;
// Packets without a single picture before we say that this is no video. A GOP of many hours is not that long.
constexpr int64_t kMaxPacketsWithoutPicture = 1 << 20;

// Rotated by quarter turns, clockwise, as the display matrix of the stream asks.
Image Rotate(const Image& in, int quarter_turns) {
  if (quarter_turns == 0) return in;
  Image out;
  const bool swap = quarter_turns % 2 == 1;
  out.width_px = swap ? in.height_px : in.width_px;
  out.height_px = swap ? in.width_px : in.height_px;
  out.bgr.resize(in.bgr.size());
  for (int y = 0; y < in.height_px; ++y) {
    for (int x = 0; x < in.width_px; ++x) {
      int to_x = x;
      int to_y = y;
      if (quarter_turns == 1) to_x = in.height_px - 1 - y, to_y = x;
      if (quarter_turns == 2) to_x = in.width_px - 1 - x, to_y = in.height_px - 1 - y;
      if (quarter_turns == 3) to_x = y, to_y = in.width_px - 1 - x;
      memcpy(&out.bgr[(size_t(to_y) * out.width_px + to_x) * 3], &in.bgr[(size_t(y) * in.width_px + x) * 3], 3);
    }
  }
  return out;
}

int QuarterTurns(const AVStream& stream) {
  size_t size = 0;
  const uint8_t* const data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (data == nullptr || size < 9 * sizeof(int32_t)) return 0;
  int32_t matrix[9];
  memcpy(matrix, data, sizeof(matrix));
  const double counter_clockwise = av_display_rotation_get(matrix);
  if (!std::isfinite(counter_clockwise)) return 0;
  return ((int(std::lround(-counter_clockwise / 90)) % 4) + 4) % 4;
}

TimeBase ToTimeBase(AVRational r, TimeBase fallback) {
  return r.num > 0 && r.den > 0 ? TimeBase{r.num, r.den} : fallback;
}

class VideoFile : public VideoSource {
 public:
  VideoFile(std::string path, const Limits& limits) : path_(std::move(path)), limits_(limits) {}
  Status Open(int threads);
  const VideoInfo& info() const override { return info_; }
  Result<std::optional<VideoFrame>> Next() override;

 private:
  Error Failure(const std::string& what, int code) const;
  Status OpenDecoder(int threads);
  // The next decoded picture in frame_; false at the end.
  Result<bool> Decode();
  Result<VideoFrame> Convert();
  Status PrepareScaler();

  std::string path_;
  Limits limits_;
  VideoInfo info_;
  FfmpegLog log_;
  UniqueInput input_;
  UniqueCodecContext decoder_;
  UniquePacket packet_;
  UniqueFrame frame_;
  UniqueSws scaler_;
  int scaler_key_[5] = {-1, -1, -1, -1, -1};  // what the scaler was made for
  int stream_ = -1;
  int quarter_turns_ = 0;
  bool input_ended_ = false;
  std::optional<VideoFrame> first_;  // read by Open, to know the size
  int64_t frames_ = 0;
  int64_t last_timestamp_ = std::numeric_limits<int64_t>::min();
};

Error VideoFile::Failure(const std::string& what, int code) const {
  const std::string line = log_.LastError();
  return BadInput(what, path_ + ", frame " + std::to_string(frames_), line.empty() ? FfmpegErrorText(code) : line);
}

Status VideoFile::Open(int threads) {
  const FfmpegLogScope scope(&log_);
  AVFormatContext* input = nullptr;
  // "file:" keeps a name with a colon from being taken for a network address.
  const int code = avformat_open_input(&input, ("file:" + path_).c_str(), nullptr, nullptr);
  if (code < 0) return BadInput("not a video file", path_, FfmpegErrorText(code));
  input_.reset(input);
  const int found = avformat_find_stream_info(input_.get(), nullptr);
  if (found < 0) return BadInput("damaged video file", path_, FfmpegErrorText(found));
  FSC_RETURN_IF_ERROR(OpenDecoder(threads));

  const AVStream& stream = *input_->streams[stream_];
  info_.time_base = ToTimeBase(stream.time_base, {1, 25});
  AVRational rate = stream.avg_frame_rate;
  if (rate.num <= 0 || rate.den <= 0) rate = stream.r_frame_rate;
  info_.frame_rate = ToTimeBase(rate, {25, 1});
  if (stream.nb_frames > 0) info_.frames_from_header = stream.nb_frames;
  quarter_turns_ = QuarterTurns(stream);
  log_.Clear();

  FSC_ASSIGN_OR_RETURN(const bool more, Decode());
  if (!more) return BadInput("video holds no frame", path_, log_.LastError());
  FSC_ASSIGN_OR_RETURN(first_, Convert());
  info_.width_px = first_->image.width_px;
  info_.height_px = first_->image.height_px;
  return {};
}

Status VideoFile::OpenDecoder(int threads) {
  const AVCodec* codec = nullptr;
  stream_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
  if (stream_ < 0 || codec == nullptr) {
    return BadInput(stream_ == AVERROR_DECODER_NOT_FOUND ? "no decoder for this video" : "file has no video stream",
                    path_, "give a file that ffmpeg can play");
  }
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    if (int(i) != stream_) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  decoder_.reset(avcodec_alloc_context3(codec));
  packet_.reset(av_packet_alloc());
  frame_.reset(av_frame_alloc());
  if (decoder_ == nullptr || packet_ == nullptr || frame_ == nullptr) return Internal("out of memory", path_, "");
  decoder_->opaque = &log_;
  const AVStream& stream = *input_->streams[stream_];
  if (avcodec_parameters_to_context(decoder_.get(), stream.codecpar) < 0) return Internal("out of memory", path_, "");
  decoder_->max_pixels = limits_.max_picture_samples;
  decoder_->pkt_timebase = stream.time_base;
  decoder_->thread_count = std::clamp(threads, 1, kMaxThreads);
  const int code = avcodec_open2(decoder_.get(), codec, nullptr);
  if (code < 0) return Failure("cannot start the video's decoder", code);
  return {};
}

Result<bool> VideoFile::Decode() {
  for (int64_t packets = 0; packets < kMaxPacketsWithoutPicture; ++packets) {
    const int code = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (code == AVERROR_EOF) return false;
    if (code >= 0) {
      if ((frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame_->decode_error_flags != 0) {
        return Failure("damaged video frame", AVERROR_INVALIDDATA);
      }
      return true;
    }
    if (code != AVERROR(EAGAIN)) return Failure("video frame cannot be decoded", code);
    int sent = 0;
    if (!input_ended_) {
      const int read = av_read_frame(input_.get(), packet_.get());
      if (read == AVERROR_EOF) {
        input_ended_ = true;
      } else if (read < 0) {
        return Failure("video file cannot be read", read);
      } else if (packet_->stream_index != stream_) {
        av_packet_unref(packet_.get());
        continue;
      }
    }
    sent = avcodec_send_packet(decoder_.get(), input_ended_ ? nullptr : packet_.get());
    av_packet_unref(packet_.get());
    if (sent < 0 && sent != AVERROR_EOF) return Failure("video frame cannot be decoded", sent);
  }
  return Failure("video has no pictures", AVERROR_INVALIDDATA);
}

// The matrix and range of the frame's tags; swscale's default, BT.601 and limited range, where it has none, as OpenCV
// does.
Status VideoFile::PrepareScaler() {
  AVPixelFormat format = AVPixelFormat(frame_->format);
  const AVPixFmtDescriptor* const descriptor = av_pix_fmt_desc_get(format);
  if (descriptor == nullptr || (descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0) {
    return Failure("video has an unknown pixel format", AVERROR_INVALIDDATA);
  }
  const int key[5] = {frame_->width, frame_->height, format, frame_->colorspace, frame_->color_range};
  if (scaler_ != nullptr && std::equal(key, key + 5, scaler_key_)) return {};
  scaler_.reset(sws_getContext(frame_->width, frame_->height, format, frame_->width, frame_->height, AV_PIX_FMT_BGR24,
                               SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (scaler_ == nullptr) return Failure("video's pixel format cannot become BGR", AVERROR_INVALIDDATA);
  const bool is_jpeg_format = format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
                              format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P;
  const int full_range = frame_->color_range == AVCOL_RANGE_JPEG || is_jpeg_format ? 1 : 0;
  const int* const matrix =
      sws_getCoefficients(frame_->colorspace == AVCOL_SPC_UNSPECIFIED ? SWS_CS_DEFAULT : int(frame_->colorspace));
  // Fails for RGB input, which has no matrix: nothing to set then.
  (void)sws_setColorspaceDetails(scaler_.get(), matrix, full_range, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16,
                                 1 << 16);
  std::copy(key, key + 5, scaler_key_);
  return {};
}

Result<VideoFrame> VideoFile::Convert() {
  if (frame_->width < 1 || frame_->height < 1 || frame_->width > limits_.max_picture_size_px ||
      frame_->height > limits_.max_picture_size_px ||
      int64_t{frame_->width} * frame_->height > limits_.max_picture_samples) {
    return BadInput("video frame too large", path_,
                    std::to_string(frame_->width) + "x" + std::to_string(frame_->height) + " exceeds the limits");
  }
  FSC_RETURN_IF_ERROR(PrepareScaler());
  // swscale's fast paths may write past a row's end: rows of its own alignment first, then packed.
  UniqueFrame bgr(av_frame_alloc());
  if (bgr == nullptr) return Internal("out of memory", path_, "");
  bgr->width = frame_->width;
  bgr->height = frame_->height;
  bgr->format = AV_PIX_FMT_BGR24;
  if (av_frame_get_buffer(bgr.get(), 0) < 0) return Internal("out of memory", path_, "");
  const int rows =
      sws_scale(scaler_.get(), frame_->data, frame_->linesize, 0, frame_->height, bgr->data, bgr->linesize);
  if (rows != frame_->height) return Failure("video frame cannot be converted", AVERROR_INVALIDDATA);

  VideoFrame out;
  out.image.width_px = frame_->width;
  out.image.height_px = frame_->height;
  const size_t row_bytes = size_t(frame_->width) * 3;
  out.image.bgr.resize(row_bytes * size_t(frame_->height));
  for (int y = 0; y < frame_->height; ++y) {
    memcpy(&out.image.bgr[size_t(y) * row_bytes], bgr->data[0] + ptrdiff_t(y) * bgr->linesize[0], row_bytes);
  }
  if (quarter_turns_ != 0) out.image = Rotate(out.image, quarter_turns_);

  int64_t timestamp = frame_->best_effort_timestamp;
  const bool first = last_timestamp_ == std::numeric_limits<int64_t>::min();
  if (timestamp == AV_NOPTS_VALUE) timestamp = first ? 0 : last_timestamp_ + 1;
  if (!first && timestamp <= last_timestamp_) timestamp = last_timestamp_ + 1;
  if (timestamp > (int64_t{1} << 62) || timestamp < -(int64_t{1} << 62)) {
    return Failure("video timestamp out of range", AVERROR_INVALIDDATA);
  }
  last_timestamp_ = timestamp;
  out.timestamp_ticks = timestamp;
  av_frame_unref(frame_.get());
  ++frames_;
  return out;
}

Result<std::optional<VideoFrame>> VideoFile::Next() {
  if (first_.has_value()) return std::exchange(first_, std::nullopt);
  const FfmpegLogScope scope(&log_);
  log_.Clear();
  FSC_ASSIGN_OR_RETURN(const bool more, Decode());
  if (!more) return std::optional<VideoFrame>();
  FSC_ASSIGN_OR_RETURN(VideoFrame frame, Convert());
  return std::optional<VideoFrame>(std::move(frame));
}

}  // namespace

Result<std::unique_ptr<VideoSource>> OpenVideoFile(const std::string& path, const Limits& limits, int threads) {
  auto video = std::make_unique<VideoFile>(path, limits);
  FSC_RETURN_IF_ERROR(video->Open(threads));
  return std::unique_ptr<VideoSource>(std::move(video));
}

}  // namespace fsc
