#include "streams/color_video_codec.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "streams/media/ffmpeg_log.h"
#include "streams/media/ffmpeg_raii.h"
#include "streams/media/functions.h"
#include "streams/media/picture_modes.h"
#include "streams/media/picture_settings.h"

namespace fsc {
namespace {

// Exact rounding and full chroma filters: the conversion should cost the comparison nothing.
constexpr int kScalerFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT;

int Even(int size_px) {
  return (size_px + 1) / 2 * 2;
}

Status CheckMode(const std::string& mode) {
  if (mode == "hevc" || mode == "h264") return {};
  return Usage("colour video is coded with hevc or h264", mode);
}

class LibavColorEncoder : public ColorVideoEncoder {
 public:
  LibavColorEncoder(PictureMode mode, const PictureCodecConfig& config) : mode_(std::move(mode)), config_(config) {}

  Status Open() {
    const FfmpegLogScope scope(&log_);
    context_.reset(avcodec_alloc_context3(mode_.encoder));
    packet_.reset(av_packet_alloc());
    if (context_ == nullptr || packet_ == nullptr) return Internal("out of memory", mode_.name, "");
    context_->opaque = &log_;
    context_->width = Even(config_.width_px);
    context_->height = Even(config_.height_px);
    context_->pix_fmt = AV_PIX_FMT_YUV420P;
    context_->color_range = AVCOL_RANGE_MPEG;
    context_->colorspace = AVCOL_SPC_SMPTE170M;
    context_->framerate = {config_.frame_rate.num, config_.frame_rate.den};
    context_->time_base = {config_.frame_rate.den, config_.frame_rate.num};
    FSC_RETURN_IF_ERROR(ApplySettings(config_, mode_, context_.get()));
    const int code = avcodec_open2(context_.get(), mode_.encoder, nullptr);
    FSC_RETURN_IF_ERROR(CheckOptionWarnings(mode_, log_.Lines()));
    if (code < 0) return Usage(std::string(mode_.encoder->name) + " refuses this configuration", log_.LastError());
    log_.Clear();
    scaler_.reset(sws_getContext(context_->width, context_->height, AV_PIX_FMT_BGR24, context_->width, context_->height,
                                 AV_PIX_FMT_YUV420P, kScalerFlags, nullptr, nullptr, nullptr));
    return scaler_ == nullptr ? Status(Internal("no colour conversion", mode_.name)) : Status();
  }

  Status Push(const Image& image, std::vector<CodedPicture>* out) override {
    if (image.width_px != config_.width_px || image.height_px != config_.height_px)
      return Usage("picture of another size than the encoder's");
    const FfmpegLogScope scope(&log_);
    const int width = context_->width, height = context_->height;
    padded_.resize(size_t(3) * width * height);
    for (int y = 0; y < height; ++y) {
      const uint8_t* in = image.bgr.data() + size_t(3) * image.width_px * std::min(y, image.height_px - 1);
      uint8_t* row = padded_.data() + size_t(3) * width * y;
      std::memcpy(row, in, size_t(3) * image.width_px);
      if (width > image.width_px)
        std::memcpy(row + size_t(3) * image.width_px, in + size_t(3) * (image.width_px - 1), 3);
    }
    const UniqueFrame frame(av_frame_alloc());
    if (frame == nullptr) return Internal("out of memory", mode_.name, "");
    frame->width = width;
    frame->height = height;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->color_range = context_->color_range;
    frame->colorspace = context_->colorspace;
    frame->pts = next_frame_++;
    frame->quality = context_->global_quality;
    if (av_frame_get_buffer(frame.get(), 0) < 0) return Internal("out of memory", mode_.name, "");
    const uint8_t* const planes[] = {padded_.data()};
    const int strides[] = {3 * width};
    sws_scale(scaler_.get(), planes, strides, 0, height, frame->data, frame->linesize);
    if (avcodec_send_frame(context_.get(), frame.get()) < 0)
      return Internal(std::string(mode_.encoder->name) + " failed", log_.LastError());
    return Receive(out);
  }

  Status Flush(std::vector<CodedPicture>* out) override {
    const FfmpegLogScope scope(&log_);
    avcodec_send_frame(context_.get(), nullptr);
    return Receive(out);
  }

  std::string description() const override { return std::string(mode_.encoder->name) + " (" + LIBAVCODEC_IDENT + ")"; }

 private:
  Status Receive(std::vector<CodedPicture>* out) {
    for (;;) {
      const int code = avcodec_receive_packet(context_.get(), packet_.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
      if (code < 0) return Internal(std::string(mode_.encoder->name) + " failed", log_.LastError());
      CodedPicture coded;
      coded.frame_number = packet_->pts;
      coded.key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
      coded.bytes.assign(packet_->data, packet_->data + packet_->size);
      av_packet_unref(packet_.get());
      out->push_back(std::move(coded));
    }
  }

  PictureMode mode_;
  PictureCodecConfig config_;
  FfmpegLog log_;  // outlives the context, which points at it
  UniqueCodecContext context_;
  UniquePacket packet_;
  UniqueSws scaler_;
  std::vector<uint8_t> padded_;
  int64_t next_frame_ = 0;
};

class LibavColorDecoder : public ColorVideoDecoder {
 public:
  LibavColorDecoder(PictureMode mode, const PictureDecoderConfig& config, const Limits& limits)
      : mode_(std::move(mode)), config_(config), limits_(limits) {}

  Status Open() {
    const FfmpegLogScope scope(&log_);
    context_.reset(avcodec_alloc_context3(mode_.decoder));
    packet_.reset(av_packet_alloc());
    frame_.reset(av_frame_alloc());
    if (context_ == nullptr || packet_ == nullptr || frame_ == nullptr)
      return Internal("out of memory", mode_.name, "");
    context_->opaque = &log_;
    context_->thread_count = config_.threads;
    context_->err_recognition = AV_EF_EXPLODE;
    context_->max_pixels = int64_t{Even(config_.width_px) + 128} * (Even(config_.height_px) + 128);
    if (avcodec_open2(context_.get(), mode_.decoder, nullptr) < 0) return Internal("decoder does not open", mode_.name);
    scaler_.reset(sws_getContext(Even(config_.width_px), Even(config_.height_px), AV_PIX_FMT_YUV420P,
                                 Even(config_.width_px), Even(config_.height_px), AV_PIX_FMT_BGR24, kScalerFlags,
                                 nullptr, nullptr, nullptr));
    return scaler_ == nullptr ? Status(Internal("no colour conversion", mode_.name)) : Status();
  }

  Status Push(std::span<const uint8_t> bytes, int64_t frame_number, std::vector<DecodedImage>* out) override {
    if (bytes.empty() || int64_t(bytes.size()) > limits_.max_packet_bytes)
      return BadInput("coded picture is empty or too large", mode_.name);
    const FfmpegLogScope scope(&log_);
    av_packet_unref(packet_.get());
    if (av_new_packet(packet_.get(), int(bytes.size())) < 0) return Internal("out of memory", mode_.name, "");
    std::memcpy(packet_->data, bytes.data(), bytes.size());
    packet_->pts = frame_number;
    if (avcodec_send_packet(context_.get(), packet_.get()) < 0)
      return BadInput("coded picture is damaged", mode_.name, log_.LastError());
    return Receive(out);
  }

  Status Flush(std::vector<DecodedImage>* out) override {
    const FfmpegLogScope scope(&log_);
    avcodec_send_packet(context_.get(), nullptr);
    return Receive(out);
  }

 private:
  Status Receive(std::vector<DecodedImage>* out) {
    for (;;) {
      const int code = avcodec_receive_frame(context_.get(), frame_.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
      const int width = Even(config_.width_px), height = Even(config_.height_px);
      if (code < 0 || frame_->width != width || frame_->height != height || frame_->format != AV_PIX_FMT_YUV420P) {
        return BadInput("decoded picture is damaged or of another format", mode_.name, log_.LastError());
      }
      std::vector<uint8_t> padded(size_t(3) * width * height);
      uint8_t* const planes[] = {padded.data()};
      const int strides[] = {3 * width};
      sws_scale(scaler_.get(), frame_->data, frame_->linesize, 0, height, planes, strides);
      DecodedImage decoded{frame_->pts, {config_.width_px, config_.height_px, {}}};
      for (int y = 0; y < config_.height_px; ++y) {
        const uint8_t* const row = padded.data() + size_t(3) * width * y;
        decoded.image.bgr.insert(decoded.image.bgr.end(), row, row + size_t(3) * config_.width_px);
      }
      av_frame_unref(frame_.get());
      out->push_back(std::move(decoded));
    }
  }

  PictureMode mode_;
  PictureDecoderConfig config_;
  Limits limits_;
  FfmpegLog log_;  // outlives the context, which points at it
  UniqueCodecContext context_;
  UniquePacket packet_;
  UniqueFrame frame_;
  UniqueSws scaler_;
};

}  // namespace

Result<std::unique_ptr<ColorVideoEncoder>> media::CreateColorVideoEncoder(const PictureCodecConfig& config) {
  FSC_RETURN_IF_ERROR(CheckMode(config.mode));
  FSC_ASSIGN_OR_RETURN(PictureMode mode, FindPictureMode(config.mode));
  if (mode.encoder == nullptr)
    return Usage("this libavcodec has no encoder for the mode", config.mode, "choose another mode");
  FSC_RETURN_IF_ERROR(CheckSettings(config, mode));
  auto encoder = std::make_unique<LibavColorEncoder>(std::move(mode), config);
  FSC_RETURN_IF_ERROR(encoder->Open());
  return std::unique_ptr<ColorVideoEncoder>(std::move(encoder));
}

Result<std::unique_ptr<ColorVideoDecoder>> media::CreateColorVideoDecoder(const PictureDecoderConfig& config,
                                                                          const Limits& limits) {
  FSC_RETURN_IF_ERROR(CheckMode(config.mode));
  FSC_ASSIGN_OR_RETURN(PictureMode mode, FindPictureMode(config.mode));
  if (mode.decoder == nullptr)
    return Usage("this libavcodec has no decoder for the mode", config.mode, "use another build of FFmpeg");
  auto decoder = std::make_unique<LibavColorDecoder>(std::move(mode), config, limits);
  FSC_RETURN_IF_ERROR(decoder->Open());
  return std::unique_ptr<ColorVideoDecoder>(std::move(decoder));
}

}  // namespace fsc
