// The encoder half of picture_codec.h, through libavcodec.
#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "streams/media/ffmpeg_log.h"
#include "streams/media/ffmpeg_raii.h"
#include "streams/media/functions.h"
#include "streams/media/picture_modes.h"
#include "streams/media/picture_settings.h"
#include "streams/picture_codec.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/pixdesc.h>
}

namespace fsc {
namespace {

constexpr int kMinPictureSizePx = 64;
constexpr int kMaxGopFrames = 1 << 16;
constexpr int kMaxThreads = 256;

// Copies samples into plane 0 of `frame`. False when one exceeds `max_sample`.
bool CopyLuma(PlaneView<const uint16_t> picture, const AVComponentDescriptor& component, bool big_endian,
              int max_sample, AVFrame* frame) {
  unsigned max_value = 0;
  for (int y = 0; y < picture.height; ++y) {
    const uint16_t* const in = picture.row(y);
    uint8_t* const out = frame->data[0] + ptrdiff_t(y) * frame->linesize[0];
    for (int x = 0; x < picture.width; ++x) {
      max_value = std::max<unsigned>(max_value, in[x]);
    }
    if (component.step == 1) {
      for (int x = 0; x < picture.width; ++x) out[x] = uint8_t(in[x]);
    } else if (big_endian) {
      for (int x = 0; x < picture.width; ++x) AV_WB16(out + 2 * x, in[x]);
    } else {
      for (int x = 0; x < picture.width; ++x) AV_WL16(out + 2 * x, in[x]);
    }
  }
  return max_value <= unsigned(max_sample);
}

// Chroma that says "no colour".
void FillChroma(const AVPixFmtDescriptor& format, AVFrame* frame) {
  for (int plane = 1; plane < 3 && frame->data[plane] != nullptr; ++plane) {
    const int width = AV_CEIL_RSHIFT(frame->width, format.log2_chroma_w);
    const int height = AV_CEIL_RSHIFT(frame->height, format.log2_chroma_h);
    const uint16_t neutral = uint16_t(1 << (format.comp[plane].depth - 1));
    for (int y = 0; y < height; ++y) {
      uint8_t* const row = frame->data[plane] + ptrdiff_t(y) * frame->linesize[plane];
      if (format.comp[plane].step == 1) {
        memset(row, neutral, size_t(width));
      } else {
        for (int x = 0; x < width; ++x) AV_WL16(row + 2 * x, neutral);
      }
    }
  }
}

bool IsBidirectional(const AVPacket& packet) {
  size_t size = 0;
  const uint8_t* const stats = av_packet_get_side_data(&packet, AV_PKT_DATA_QUALITY_STATS, &size);
  return stats != nullptr && size >= 5 && stats[4] == AV_PICTURE_TYPE_B;
}

class LibavPictureEncoder : public PictureEncoder {
 public:
  ~LibavPictureEncoder() override { DrainBeforeClosing(); }
  static Result<std::unique_ptr<PictureEncoder>> Create(const PictureCodecConfig& config);

  void RequestKey() override { key_requested_ = true; }
  bool obeys_key_requests() const override { return ObeysKeyRequests(mode_); }
  Status Push(PlaneView<const uint16_t> picture, std::vector<CodedPicture>* out) override;
  Status Flush(std::vector<CodedPicture>* out) override;
  const std::vector<uint8_t>& codec_private() const override { return codec_private_; }
  std::string description() const override { return std::string(mode_.encoder->name) + " (" + LIBAVCODEC_IDENT + ")"; }

 private:
  LibavPictureEncoder(PictureMode mode, const PictureCodecConfig& config) : mode_(std::move(mode)), config_(config) {}
  Status Open(PictureFormat format);
  Error Failure(const std::string& what, int code) const;
  Result<UniqueFrame> NewFrame() const;
  Status Receive(std::vector<CodedPicture>* out);
  void DrainBeforeClosing();

  PictureMode mode_;
  PictureCodecConfig config_;
  FfmpegLog log_;  // outlives the context, which points at it
  UniqueCodecContext context_;
  UniquePacket packet_;
  std::vector<uint8_t> codec_private_;
  int64_t next_frame_number_ = 0;
  bool key_requested_ = false;
  bool opened_ = false;
  bool flushed_ = false;
};

Status CheckConfig(const PictureCodecConfig& config) {
  const std::string size = std::to_string(config.width_px) + "x" + std::to_string(config.height_px);
  const Limits limits;
  if (config.width_px < kMinPictureSizePx || config.height_px < kMinPictureSizePx) {
    return Usage("picture too small for " + config.mode, size, "it takes 64x64 and more: pad the picture");
  }
  if (config.width_px > limits.max_picture_size_px || config.height_px > limits.max_picture_size_px ||
      int64_t{config.width_px} * config.height_px > limits.max_picture_samples) {
    return Usage("picture too large", size, "at most 16384 on a side and 2^27 samples: use several pictures");
  }
  if (config.gop_frames < 1 || config.gop_frames > kMaxGopFrames) {
    return Usage("GOP length out of range", "gop_frames " + std::to_string(config.gop_frames), "use 1..65536");
  }
  if (config.threads < 1 || config.threads > kMaxThreads) {
    return Usage("number of threads out of range", "threads " + std::to_string(config.threads), "use 1..256");
  }
  if (config.frame_rate.num <= 0 || config.frame_rate.den <= 0) return Usage("frame rate must be positive");
  return {};
}

Result<std::unique_ptr<PictureEncoder>> LibavPictureEncoder::Create(const PictureCodecConfig& config) {
  FSC_ASSIGN_OR_RETURN(PictureMode mode, FindPictureMode(config.mode));
  if (mode.encoder == nullptr) {
    return Usage("this libavcodec has no encoder for the mode", config.mode, "choose another mode");
  }
  FSC_ASSIGN_OR_RETURN(const PictureFormat format, FormatFor(mode, config.bits));
  FSC_RETURN_IF_ERROR(CheckConfig(config));
  FSC_RETURN_IF_ERROR(CheckSettings(config, mode));
  std::unique_ptr<LibavPictureEncoder> encoder(new LibavPictureEncoder(std::move(mode), config));
  FSC_RETURN_IF_ERROR(encoder->Open(format));
  return std::unique_ptr<PictureEncoder>(std::move(encoder));
}

Status LibavPictureEncoder::Open(PictureFormat format) {
  const FfmpegLogScope scope(&log_);
  context_.reset(avcodec_alloc_context3(mode_.encoder));
  packet_.reset(av_packet_alloc());
  if (context_ == nullptr || packet_ == nullptr) return Internal("out of memory", mode_.name, "");
  context_->opaque = &log_;
  context_->width = config_.width_px;
  context_->height = config_.height_px;
  context_->pix_fmt = AVPixelFormat(format.pixel_format);
  context_->color_range = AVCOL_RANGE_JPEG;
  context_->framerate = {config_.frame_rate.num, config_.frame_rate.den};
  context_->time_base = {config_.frame_rate.den, config_.frame_rate.num};  // one tick a picture: pts = frame number
  context_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;  // the name was asked for: the caller knows what it is
  FSC_RETURN_IF_ERROR(ApplySettings(config_, mode_, context_.get()));

  const int code = avcodec_open2(context_.get(), mode_.encoder, nullptr);
  opened_ = code >= 0;
  FSC_RETURN_IF_ERROR(CheckOptionWarnings(mode_, log_.Lines()));
  if (code < 0) {
    const std::string line = log_.LastError();
    return Usage(std::string(mode_.encoder->name) + " refuses this configuration",
                 line.empty() ? FfmpegErrorText(code) : line, "check preset, tune and codec options");
  }
  if (context_->extradata_size > 0) {
    codec_private_.assign(context_->extradata, context_->extradata + context_->extradata_size);
  }
  log_.Clear();
  return {};
}

Error LibavPictureEncoder::Failure(const std::string& what, int code) const {
  const std::string line = log_.LastError();
  return Internal(what, "picture " + std::to_string(next_frame_number_), line.empty() ? FfmpegErrorText(code) : line);
}

Status LibavPictureEncoder::Receive(std::vector<CodedPicture>* out) {
  while (true) {
    const int code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return Failure(std::string(mode_.encoder->name) + " failed", code);
    CodedPicture coded;
    coded.frame_number = packet_->pts;
    coded.key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    coded.bidirectional = IsBidirectional(*packet_);
    coded.bytes.assign(packet_->data, packet_->data + packet_->size);
    av_packet_unref(packet_.get());
    if (coded.frame_number < 0 || coded.frame_number >= next_frame_number_ || coded.bytes.empty()) {
      return Internal(std::string(mode_.encoder->name) + " gave a packet that belongs to no picture",
                      "picture " + std::to_string(coded.frame_number));
    }
    out->push_back(std::move(coded));
  }
}

// SVT-AV1 1.4 never returns from its closing function when it has not seen a picture and the end of the stream.
void LibavPictureEncoder::DrainBeforeClosing() {
  if (mode_.family != EncoderFamily::kSvtAv1 || !opened_) return;
  const FfmpegLogScope scope(&log_);
  if (next_frame_number_ == 0) {
    Result<UniqueFrame> frame = NewFrame();
    if (!frame.ok()) return;
    for (int y = 0; y < (*frame)->height; ++y) {
      memset((*frame)->data[0] + ptrdiff_t(y) * (*frame)->linesize[0], 0, size_t((*frame)->linesize[0]));
    }
    FillChroma(*av_pix_fmt_desc_get(context_->pix_fmt), frame->get());
    (*frame)->pts = 0;
    if (avcodec_send_frame(context_.get(), frame->get()) < 0) return;
  }
  if (!flushed_) avcodec_send_frame(context_.get(), nullptr);
  while (avcodec_receive_packet(context_.get(), packet_.get()) >= 0) av_packet_unref(packet_.get());
}

Result<UniqueFrame> LibavPictureEncoder::NewFrame() const {
  UniqueFrame frame(av_frame_alloc());
  if (frame == nullptr) return Internal("out of memory", mode_.name, "");
  frame->width = context_->width;
  frame->height = context_->height;
  frame->format = context_->pix_fmt;
  frame->color_range = context_->color_range;
  frame->quality = context_->global_quality;
  if (av_frame_get_buffer(frame.get(), 0) < 0) return Internal("out of memory", mode_.name, "");
  return frame;
}

Status LibavPictureEncoder::Push(PlaneView<const uint16_t> picture, std::vector<CodedPicture>* out) {
  if (flushed_) return Usage("picture after the end of the stream", "picture encoder");
  if (picture.width != config_.width_px || picture.height != config_.height_px) {
    return Usage("picture of another size than the encoder's",
                 std::to_string(picture.width) + "x" + std::to_string(picture.height));
  }
  const FfmpegLogScope scope(&log_);
  FSC_ASSIGN_OR_RETURN(const UniqueFrame frame, NewFrame());
  frame->pts = next_frame_number_;
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(context_->pix_fmt);
  const bool big_endian = (format.flags & AV_PIX_FMT_FLAG_BE) != 0;
  if (!CopyLuma(picture, format.comp[0], big_endian, (1 << config_.bits) - 1, frame.get())) {
    return Usage("sample larger than the bit depth allows", "picture " + std::to_string(next_frame_number_));
  }
  FillChroma(format, frame.get());
  if (std::exchange(key_requested_, false)) frame->pict_type = AV_PICTURE_TYPE_I;
  ++next_frame_number_;
  const int code = avcodec_send_frame(context_.get(), frame.get());
  if (code < 0) return Failure(std::string(mode_.encoder->name) + " refuses a picture", code);
  return Receive(out);
}

Status LibavPictureEncoder::Flush(std::vector<CodedPicture>* out) {
  if (flushed_) return {};
  flushed_ = true;
  const FfmpegLogScope scope(&log_);
  const int code = avcodec_send_frame(context_.get(), nullptr);
  if (code < 0 && code != AVERROR_EOF) return Failure(std::string(mode_.encoder->name) + " cannot finish", code);
  return Receive(out);
}

}  // namespace

Result<std::unique_ptr<PictureEncoder>> media::CreatePictureEncoder(const PictureCodecConfig& config) {
  return LibavPictureEncoder::Create(config);
}

}  // namespace fsc
