// The decoder half of picture_codec.h, through libavcodec, on a leash: the stream's bytes are not trusted, and neither
// is what libavcodec makes of them. Any complaint of the decoder, any picture of another size or format, and any
// picture that is missing or comes twice is damage.
#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <span>
#include <utility>

#include "streams/media/ffmpeg_log.h"
#include "streams/media/ffmpeg_raii.h"
#include "streams/media/functions.h"
#include "streams/media/picture_modes.h"
#include "streams/picture_codec.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/pixdesc.h>
}

namespace fsc {
namespace {

constexpr int kMaxThreads = 64;
// Pictures that a decoder may hold back: 16 of reordering, one a thread, and slack for what libraries buffer.
constexpr size_t kMaxPending = 64 + kMaxThreads;
constexpr int kCodingBlockPx = 128;  // the largest of any codec (AV1's superblock): coded sizes are rounded up to it

int64_t RoundUpToBlock(int size_px) {
  return (int64_t{size_px} + 2 * kCodingBlockPx - 1) / kCodingBlockPx * kCodingBlockPx;
}

class LibavPictureDecoder : public PictureDecoder {
 public:
  static Result<std::unique_ptr<PictureDecoder>> Create(const PictureDecoderConfig& config, const Limits& limits);

  Status Push(std::span<const uint8_t> bytes, int64_t frame_number, std::vector<DecodedPicture>* out) override;
  Status Flush(std::vector<DecodedPicture>* out) override;
  void Reset() override;

 private:
  LibavPictureDecoder(PictureMode mode, const PictureDecoderConfig& config, const Limits& limits)
      : mode_(std::move(mode)), config_(config), limits_(limits) {}
  Status Open();
  Error Damage(const std::string& what, int64_t frame_number) const;
  Status Receive(std::vector<DecodedPicture>* out);
  Result<Plane<uint16_t>> TakeLuma(const AVFrame& frame) const;

  PictureMode mode_;
  PictureDecoderConfig config_;
  Limits limits_;
  PictureFormat format_;
  bool intra_only_ = false;  // each picture stands alone
  FfmpegLog log_;            // outlives the context, which points at it
  UniqueCodecContext context_;
  UniquePacket packet_;
  UniqueFrame frame_;
  std::set<int64_t> pending_;  // pushed and not yet given back
  int64_t last_given_ = -1;
  int64_t last_pushed_ = -1;
};

Result<std::unique_ptr<PictureDecoder>> LibavPictureDecoder::Create(const PictureDecoderConfig& config,
                                                                    const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(PictureMode mode, FindPictureMode(config.mode));
  if (mode.decoder == nullptr) {
    return Usage("this libavcodec has no decoder for the mode", config.mode, "use another build of FFmpeg");
  }
  FSC_ASSIGN_OR_RETURN(const PictureFormat format, FormatFor(mode, config.bits));
  if (config.width_px < 1 || config.height_px < 1 || config.width_px > limits.max_picture_size_px ||
      config.height_px > limits.max_picture_size_px ||
      int64_t{config.width_px} * config.height_px > limits.max_picture_samples) {
    return BadInput("picture size out of range",
                    std::to_string(config.width_px) + "x" + std::to_string(config.height_px),
                    "the stream is damaged, or the limits are too small for it");
  }
  std::unique_ptr<LibavPictureDecoder> decoder(new LibavPictureDecoder(std::move(mode), config, limits));
  decoder->format_ = format;
  FSC_RETURN_IF_ERROR(decoder->Open());
  return std::unique_ptr<PictureDecoder>(std::move(decoder));
}

Status LibavPictureDecoder::Open() {
  const FfmpegLogScope scope(&log_);
  context_.reset(avcodec_alloc_context3(mode_.decoder));
  packet_.reset(av_packet_alloc());
  frame_.reset(av_frame_alloc());
  if (context_ == nullptr || packet_ == nullptr || frame_ == nullptr) return Internal("out of memory", mode_.name, "");
  context_->opaque = &log_;
  context_->width = config_.width_px;
  context_->height = config_.height_px;
  context_->max_pixels = RoundUpToBlock(config_.width_px) * RoundUpToBlock(config_.height_px);
  context_->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
  context_->error_concealment = 0;
  context_->thread_count = std::clamp(config_.threads, 1, kMaxThreads);
  context_->pkt_timebase = {1, 1};
  const AVCodecDescriptor* const descriptor = avcodec_descriptor_get(mode_.decoder->id);
  intra_only_ = mode_.family == EncoderFamily::kPng ||
                (descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) != 0);
  if (!config_.codec_private.empty()) {
    const size_t size = config_.codec_private.size();
    if (int64_t(size) > limits_.max_header_bytes) return BadInput("codec configuration too large", mode_.name);
    context_->extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    if (context_->extradata == nullptr) return Internal("out of memory", mode_.name, "");
    memcpy(context_->extradata, config_.codec_private.data(), size);
    context_->extradata_size = int(size);
  }
  const int code = avcodec_open2(context_.get(), mode_.decoder, nullptr);
  if (code < 0) {
    const std::string line = log_.LastError();
    return BadInput("decoder refuses the stream's configuration", mode_.name,
                    line.empty() ? FfmpegErrorText(code) : line);
  }
  return {};
}

Error LibavPictureDecoder::Damage(const std::string& what, int64_t frame_number) const {
  return BadInput(what, mode_.name + " picture " + std::to_string(frame_number), "the stream is damaged");
}

Result<Plane<uint16_t>> LibavPictureDecoder::TakeLuma(const AVFrame& frame) const {
  const AVPixFmtDescriptor* const format = av_pix_fmt_desc_get(AVPixelFormat(frame.format));
  const std::string name = format == nullptr ? "unknown" : format->name;
  constexpr uint64_t kForbidden = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                  AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;
  if (frame.width != config_.width_px || frame.height != config_.height_px) {
    return Damage("decoded picture is " + std::to_string(frame.width) + "x" + std::to_string(frame.height) + ", not " +
                      std::to_string(config_.width_px) + "x" + std::to_string(config_.height_px),
                  frame.pts);
  }
  if (format == nullptr || (format->flags & kForbidden) != 0 || format->comp[0].plane != 0 ||
      format->comp[0].offset != 0 || format->comp[0].shift != 0 || format->comp[0].depth != format_.decoded_bits ||
      format->comp[0].step != (format_.decoded_bits > 8 ? 2 : 1)) {
    return Damage("decoded picture has the format " + name + ", not " + std::to_string(config_.bits) + "-bit luma",
                  frame.pts);
  }
  Plane<uint16_t> plane(config_.width_px, config_.height_px);
  unsigned max_value = 0;
  for (int y = 0; y < plane.height(); ++y) {
    const uint8_t* const in = frame.data[0] + ptrdiff_t(y) * frame.linesize[0];
    uint16_t* const out = plane.row(y);
    if (format_.decoded_bits == 8) {
      for (int x = 0; x < plane.width(); ++x) out[x] = in[x];
      continue;
    }
    if ((format->flags & AV_PIX_FMT_FLAG_BE) != 0) {
      for (int x = 0; x < plane.width(); ++x) out[x] = AV_RB16(in + 2 * x);
    } else {
      for (int x = 0; x < plane.width(); ++x) out[x] = AV_RL16(in + 2 * x);
    }
    // Rotated: stray bits below the samples come to the top, where the check sees them.
    for (int x = 0; x < plane.width(); ++x) {
      out[x] = std::rotr(out[x], format_.decoded_shift);
      max_value = std::max<unsigned>(max_value, out[x]);
    }
  }
  if (max_value >> config_.bits != 0) return Damage("decoded sample exceeds the bit depth", frame.pts);
  return plane;
}

Status LibavPictureDecoder::Receive(std::vector<DecodedPicture>* out) {
  while (true) {
    const int code = avcodec_receive_frame(context_.get(), frame_.get());
    const std::string line = log_.LastError();
    if (code != AVERROR(EAGAIN) && code != AVERROR_EOF && code < 0) {
      return Damage(line.empty() ? FfmpegErrorText(code) : line, last_pushed_);
    }
    if (!line.empty()) return Damage(line, last_pushed_);
    if (code < 0) break;
    if ((frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame_->decode_error_flags != 0) {
      return Damage("decoded picture is incomplete", frame_->pts);
    }
    if (frame_->pts <= last_given_ || pending_.erase(frame_->pts) == 0) {
      return Damage("decoder gives a picture that was not expected", frame_->pts);
    }
    last_given_ = frame_->pts;
    DecodedPicture decoded;
    decoded.frame_number = frame_->pts;
    FSC_ASSIGN_OR_RETURN(decoded.samples, TakeLuma(*frame_));
    av_frame_unref(frame_.get());
    out->push_back(std::move(decoded));
  }
  if (pending_.size() > kMaxPending) return Damage("decoder holds back too many pictures", last_pushed_);
  return {};
}

Status LibavPictureDecoder::Push(std::span<const uint8_t> bytes, int64_t frame_number,
                                 std::vector<DecodedPicture>* out) {
  if (bytes.empty() || int64_t(bytes.size()) > limits_.max_packet_bytes) {
    return Damage("coded picture is empty or too large", frame_number);
  }
  if (frame_number < 0 || frame_number <= last_given_ || !pending_.insert(frame_number).second) {
    return Damage("picture numbers are out of order", frame_number);
  }
  const FfmpegLogScope scope(&log_);
  last_pushed_ = frame_number;
  av_packet_unref(packet_.get());
  if (av_new_packet(packet_.get(), int(bytes.size())) < 0) return Internal("out of memory", mode_.name, "");
  memcpy(packet_->data, bytes.data(), bytes.size());
  packet_->pts = frame_number;
  if (intra_only_) packet_->flags |= AV_PKT_FLAG_KEY;  // PNG takes a picture without it for a difference
  const int code = avcodec_send_packet(context_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (code < 0) {
    const std::string line = log_.LastError();
    return Damage(line.empty() ? FfmpegErrorText(code) : line, frame_number);
  }
  return Receive(out);
}

Status LibavPictureDecoder::Flush(std::vector<DecodedPicture>* out) {
  const FfmpegLogScope scope(&log_);
  const int code = avcodec_send_packet(context_.get(), nullptr);
  if (code < 0 && code != AVERROR_EOF) return Damage(FfmpegErrorText(code), last_pushed_);
  FSC_RETURN_IF_ERROR(Receive(out));
  if (!pending_.empty()) return Damage("coded picture gives no decoded one", *pending_.begin());
  return {};
}

void LibavPictureDecoder::Reset() {
  const FfmpegLogScope scope(&log_);
  avcodec_flush_buffers(context_.get());
  av_frame_unref(frame_.get());
  pending_.clear();
  last_given_ = -1;
  last_pushed_ = -1;
  log_.Clear();
}

}  // namespace

Result<std::unique_ptr<PictureDecoder>> media::CreatePictureDecoder(const PictureDecoderConfig& config,
                                                                    const Limits& limits) {
  return LibavPictureDecoder::Create(config, limits);
}

}  // namespace fsc
