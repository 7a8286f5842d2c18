#include "codec/tiled/encoder.h"

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "codec/tiled/outliers.h"
#include "codec/tiled/planes.h"
#include "codec/tiled/range_follower.h"
#include "codec/tiled/range_syntax.h"
#include "codec/tiled/syntax.h"
#include "streams/packet_sections.h"
#include "streams/picture_codec.h"
#include "tiling/channel_order.h"

namespace fsc {
namespace {

class TiledEncoder : public ModeEncoder {
 public:
  TiledEncoder(const EncoderConfig& config, PictureCodecConfig picture, std::span<const LayerSpec> layers,
               TiledConfig tiled, std::unique_ptr<PictureEncoder> codec)
      : config_(config),
        picture_config_(std::move(picture)),
        layers_(layers.begin(), layers.end()),
        tiled_(std::move(tiled)),
        codec_(std::move(codec)),
        follower_(layers, config.quantizer, PictureNoise(picture_config_)) {
    for (const LayerSpec& layer : layers_)
      quantizers_.emplace_back(layer, tiled_.levels, tiled_.level_rule, tiled_.scope);
    picture_ = Plane<uint16_t>(tiled_.tiles.layout.picture_width_px(), tiled_.tiles.layout.picture_height_px());
  }

  Status Push(const FeatureFrame& frame, const FrameHints&, std::vector<Packet>* out) override {
    FSC_RETURN_IF_ERROR(ObeyRequests(out));
    if (tiled_.scope != RangeScope::kElement) {
      const FeatureFrame* const one[] = {&frame};
      if (NeedsRanges(frame)) FSC_RETURN_IF_ERROR(Begin(one));
      return CodeSuiting(frame, out);
    }
    if (held_.empty() && frames_coded_ > 0 && follower_.Suits(frame)) return CodeSuiting(frame, out);
    FeatureFrame copy;
    copy.timestamp_ticks = frame.timestamp_ticks;
    for (const Tensor& tensor : frame.layers) copy.layers.push_back(tensor.Clone());
    held_.push_back(std::move(copy));
    return int(held_.size()) < kElementFrames ? Status() : CodeHeld(out);
  }

  Status Flush(std::vector<Packet>* out) override {
    FSC_RETURN_IF_ERROR(CodeHeld(out));
    FSC_RETURN_IF_ERROR(FlushCodec(out));
    if (!waiting_.empty()) {
      return Internal("the picture codec kept " + std::to_string(waiting_.size()) + " frames",
                      "frame " + std::to_string(waiting_.begin()->first));
    }
    return {};
  }

  Status SetQp(int qp) override {
    FSC_ASSIGN_OR_RETURN(const QpRange range, PictureQpRange(config_.mode, config_.quantizer.bits));
    if (qp < range.min || qp > range.max) {
      return Usage(
          "QP " + std::to_string(qp) + " is outside " + std::to_string(range.min) + ".." + std::to_string(range.max),
          "mode " + config_.mode);
    }
    if (!next_codec_ && qp == picture_config_.qp && !ChoosesRate(picture_config_.options)) return {};
    NextCodec().qp = qp;
    return {};
  }

  Status SetBitrate(double bitrate_kbps) override {
    if (config_.mode != "hevc" && config_.mode != "h264") {
      return Usage("the mode has no bitrate that can change", "mode " + config_.mode, "hevc and h264 have one");
    }
    NextCodec().options["bitrate"] = std::to_string(std::max<int64_t>(1, std::llround(bitrate_kbps)));
    return {};
  }

  Status RequestKeyFrame() override {
    if (tiled_.scope == RangeScope::kElement) {
      return Usage("ranges of elements are as large as frames and are not sent again", "quantizer.scope",
                   "use one range per channel");
    }
    key_requested_ = true;
    return {};
  }

  std::vector<uint8_t> mode_config() const override {
    TiledConfig config = tiled_;
    config.codec_private = codec_->codec_private();
    return WriteTiledConfig(config);
  }

  Warnings warnings() const override { return follower_.warnings(); }

  std::string description() const override { return codec_->description(); }

 private:
  // What a packet needs beside its coded picture, which comes out of the codec later.
  struct Waiting {
    int64_t timestamp_ticks = 0;
    std::shared_ptr<const std::vector<uint8_t>> ranges;  // in force
    bool new_ranges = false;                             // since this frame
    std::vector<std::vector<Outlier>> outliers;          // by layer
  };

  // The codec that goes on with the next frame: as it is now, but with no rate chosen.
  PictureCodecConfig& NextCodec() {
    if (!next_codec_) next_codec_ = picture_config_;
    std::erase_if(next_codec_->options, [](const auto& option) { return ChoosesRate({option}); });
    return *next_codec_;
  }

  // What was asked for since the last frame. A picture codec cannot change its rate between pictures (most cannot), so
  // another one goes on from here: with a key picture, which its stream begins with.
  Status ObeyRequests(std::vector<Packet>* out) {
    const bool key = std::exchange(key_requested_, false) && frames_coded_ + int64_t(held_.size()) > period_start_;
    const bool restarts = next_codec_ || (key && !codec_->obeys_key_requests());
    if (!key && !restarts) return {};
    FSC_RETURN_IF_ERROR(CodeHeld(out));
    if (restarts) {
      FSC_RETURN_IF_ERROR(FlushCodec(out));
      if (next_codec_) picture_config_ = *std::exchange(next_codec_, std::nullopt);
      FSC_ASSIGN_OR_RETURN(codec_, CreatePictureEncoder(picture_config_));
      follower_.SetNoise(PictureNoise(picture_config_));
      codec_start_ = frames_coded_;
    } else {
      codec_->RequestKey();
    }
    period_start_ = frames_coded_;
    return {};
  }

  Status FlushCodec(std::vector<Packet>* out) {
    std::vector<CodedPicture> coded;
    FSC_RETURN_IF_ERROR(codec_->Flush(&coded));
    return Seal(std::move(coded), out);
  }

  Status CodeHeld(std::vector<Packet>* out) {
    if (held_.empty()) return {};
    std::vector<const FeatureFrame*> frames;
    for (const FeatureFrame& frame : held_) frames.push_back(&frame);
    FSC_RETURN_IF_ERROR(Begin(frames));
    for (const FeatureFrame& frame : held_) FSC_RETURN_IF_ERROR(CodeSuiting(frame, out));
    held_.clear();
    held_.shrink_to_fit();
    return {};
  }

  // Measures ranges on `frames`, of which the first is the next to be coded, and puts them in force. They hold for an
  // intra period, which begins here where the codec can be told so: prediction does not follow a range that jumps.
  Status Begin(std::span<const FeatureFrame* const> frames) {
    follower_.Measure(frames);
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
      FSC_RETURN_IF_ERROR(
          quantizers_[layer].SetRanges(follower_.ranges()[layer], "layer '" + layers_[layer].name + "'"));
    }
    ByteWriter bytes;
    FSC_RETURN_IF_ERROR(WriteRanges(follower_.ranges(), &bytes));
    ranges_ = std::make_shared<const std::vector<uint8_t>>(bytes.Take());
    new_ranges_ = true;
    if (AtPeriodStart() || config_.quantizer.update == RangeUpdate::kFrame) return {};
    codec_->RequestKey();
    if (codec_->obeys_key_requests()) period_start_ = frames_coded_;
    return {};
  }

  bool AtPeriodStart() const { return (frames_coded_ - period_start_) % config_.gop_frames == 0; }

  bool NeedsRanges(const FeatureFrame& frame) {
    return config_.quantizer.update == RangeUpdate::kFrame || AtPeriodStart() || !follower_.Suits(frame);
  }

  // Codes with the ranges in force.
  Status CodeSuiting(const FeatureFrame& frame, std::vector<Packet>* out) {
    if (frames_coded_ == 0 && config_.tiling.order != ChannelOrder::kRaster) {
      for (size_t layer = 0; layer < layers_.size(); ++layer) {
        tiled_.tiles.orders[layer] = MakeChannelOrder(frame.layers[layer], config_.tiling.order);
      }
    }
    QuantizeFrame(tiled_.tiles, quantizers_, frame, picture_.view());
    waiting_[frames_coded_++] = {frame.timestamp_ticks, ranges_, std::exchange(new_ranges_, false),
                                 follower_.Take(frame)};
    std::vector<CodedPicture> coded;
    FSC_RETURN_IF_ERROR(codec_->Push(std::as_const(picture_).view(), &coded));
    return Seal(std::move(coded), out);
  }

  // Whether a frame's packet brings ranges. A key picture that stands where the codec wanted it repeats those in force,
  // so that decoding can start there; not every picture of a codec that has nothing but key pictures, and no ranges of
  // elements, which are as large as frames.
  bool BringsRanges(const CodedPicture& picture, const Waiting& waiting) const {
    if (waiting.new_ranges) return true;
    return picture.key && tiled_.scope != RangeScope::kElement &&
           picture.frame_number >= last_random_access_ + config_.gop_frames;
  }

  Status Seal(std::vector<CodedPicture> coded, std::vector<Packet>* out) {
    for (CodedPicture& picture : coded) {
      picture.frame_number += codec_start_;
      const auto waiting = waiting_.find(picture.frame_number);
      if (waiting == waiting_.end()) {
        return Internal("the picture codec gave a picture that it was not given",
                        "frame " + std::to_string(picture.frame_number));
      }
      const bool brings_ranges = BringsRanges(picture, waiting->second);
      Packet packet;
      packet.type = picture.key             ? FrameType::kIntra
                    : picture.bidirectional ? FrameType::kBidirectional
                                            : FrameType::kInter;
      packet.random_access = picture.key && brings_ranges;
      packet.frame_number = picture.frame_number;
      packet.timestamp_ticks = waiting->second.timestamp_ticks;
      if (packet.random_access) last_random_access_ = picture.frame_number;
      if (brings_ranges) AppendSection(SectionKind::kSideInfo, -1, *waiting->second.ranges, &packet);
      for (size_t layer = 0; layer < layers_.size(); ++layer) {
        if (waiting->second.outliers[layer].empty()) continue;
        ByteWriter bytes;
        WriteOutliers(waiting->second.outliers[layer], &bytes);
        AppendSection(SectionKind::kSideInfo, int(layer), bytes.Take(), &packet);
      }
      AppendSection(SectionKind::kResidual, -1, picture.bytes, &packet);
      waiting_.erase(waiting);
      out->push_back(std::move(packet));
    }
    return {};
  }

  EncoderConfig config_;
  PictureCodecConfig picture_config_;
  std::vector<LayerSpec> layers_;
  TiledConfig tiled_;
  std::unique_ptr<PictureEncoder> codec_;
  std::vector<LayerQuantizer> quantizers_;
  Plane<uint16_t> picture_;
  RangeFollower follower_;
  int64_t frames_coded_ = 0;                      // given to the codec
  int64_t codec_start_ = 0;                       // the first frame of the present codec
  std::optional<PictureCodecConfig> next_codec_;  // from the next frame on
  bool key_requested_ = false;
  int64_t period_start_ = 0;                            // first frame of the intra period
  int64_t last_random_access_ = 0;                      // of the packets that are out
  std::vector<FeatureFrame> held_;                      // kElement: frames from which ranges are measured
  std::shared_ptr<const std::vector<uint8_t>> ranges_;  // the bytes of those in force
  bool new_ranges_ = false;                             // with the next frame given to the codec
  std::map<int64_t, Waiting> waiting_;                  // by frame number; bounded by the codec's reordering
};

}  // namespace

Result<std::unique_ptr<ModeEncoder>> CreateTiledEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                        TimeBase time_base, TimeBase frame_rate, const Limits& limits) {
  FSC_RETURN_IF_ERROR(CheckQuantizerConfig(config.quantizer));
  if (config.quantizer.scope == RangeScope::kElement && config.low_delay) {
    return Usage("element ranges are measured over the first frames, which low delay cannot hold back",
                 "quantizer.scope", "use one range per channel");
  }
  FSC_ASSIGN_OR_RETURN(TileLayout layout, TileLayout::Create(layers, config.tiling, limits));
  PictureCodecConfig picture;
  picture.mode = config.mode;
  picture.width_px = layout.picture_width_px();
  picture.height_px = layout.picture_height_px();
  picture.bits = config.quantizer.bits;
  picture.qp = config.qp;
  picture.preset = config.preset;
  picture.tune = config.tune;
  picture.gop_frames = config.gop_frames;
  picture.low_delay = config.low_delay;
  picture.threads = config.threads;
  picture.time_base = time_base;
  picture.frame_rate = frame_rate;
  picture.options = config.codec_options;
  FSC_ASSIGN_OR_RETURN(auto codec, CreatePictureEncoder(picture));
  TiledConfig tiled{config.quantizer.bits,
                    LevelsOf(config.quantizer),
                    config.quantizer.level_rule,
                    config.quantizer.scope,
                    TileSyntax{std::move(layout), std::vector<LayerOrder>(layers.size())},
                    {}};
  return std::unique_ptr<ModeEncoder>(
      new TiledEncoder(config, std::move(picture), layers, std::move(tiled), std::move(codec)));
}

}  // namespace fsc
