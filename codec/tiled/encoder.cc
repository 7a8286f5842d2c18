#include "codec/tiled/encoder.h"

#include <map>
#include <optional>

#include "codec/tiled/planes.h"
#include "codec/tiled/range_meter.h"
#include "codec/tiled/range_syntax.h"
#include "codec/tiled/syntax.h"
#include "streams/picture_codec.h"
#include "tiling/channel_order.h"

namespace fsc {
namespace {

class TiledEncoder : public ModeEncoder {
 public:
  TiledEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers, TiledConfig tiled,
               std::unique_ptr<PictureEncoder> codec)
      : config_(config), layers_(layers.begin(), layers.end()), tiled_(std::move(tiled)), codec_(std::move(codec)) {
    for (const LayerSpec& layer : layers_)
      quantizers_.emplace_back(layer, tiled_.levels, tiled_.level_rule, tiled_.scope);
    picture_ = Plane<uint16_t>(tiled_.tiles.layout.picture_width_px(), tiled_.tiles.layout.picture_height_px());
  }

  Status Push(const FeatureFrame& frame, PlaneView<const uint8_t>, std::vector<Packet>* out) override {
    if (tiled_.scope != RangeScope::kElement || frames_coded_ > 0) return Code(frame, out);
    FeatureFrame copy;
    copy.timestamp_ticks = frame.timestamp_ticks;
    for (const Tensor& tensor : frame.layers) copy.layers.push_back(tensor.Clone());
    held_.push_back(std::move(copy));
    return int(held_.size()) < kElementFrames ? Status() : CodeHeld(out);
  }

  Status Flush(std::vector<Packet>* out) override {
    FSC_RETURN_IF_ERROR(CodeHeld(out));
    std::vector<CodedPicture> coded;
    FSC_RETURN_IF_ERROR(codec_->Flush(&coded));
    FSC_RETURN_IF_ERROR(Seal(std::move(coded), out));
    if (!waiting_.empty()) {
      return Internal("the picture codec kept " + std::to_string(waiting_.size()) + " frames",
                      "frame " + std::to_string(waiting_.begin()->first));
    }
    return {};
  }

  std::vector<uint8_t> mode_config() const override {
    TiledConfig config = tiled_;
    config.codec_private = codec_->codec_private();
    return WriteTiledConfig(config);
  }

  std::string description() const override { return codec_->description(); }

 private:
  // What a packet needs beside its coded picture, which comes out of the codec later.
  struct Waiting {
    int64_t timestamp_ticks = 0;
    std::vector<uint8_t> side_info;
  };

  Status CodeHeld(std::vector<Packet>* out) {
    if (held_.empty()) return {};
    FSC_RETURN_IF_ERROR(Begin(held_));
    for (const FeatureFrame& frame : held_) FSC_RETURN_IF_ERROR(Code(frame, out));
    held_.clear();
    held_.shrink_to_fit();
    return {};
  }

  // Measures ranges on `frames`, sets them and keeps their bytes for the next frame's packet.
  Status Begin(std::span<const FeatureFrame> frames) {
    std::vector<LayerRanges> ranges;
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
      std::vector<const Tensor*> tensors;
      for (const FeatureFrame& frame : frames) tensors.push_back(&frame.layers[layer]);
      ranges.push_back(MeasureRanges(tensors, config_.quantizer));
      FSC_RETURN_IF_ERROR(quantizers_[layer].SetRanges(ranges.back(), "layer '" + layers_[layer].name + "'"));
    }
    ByteWriter bytes;
    FSC_RETURN_IF_ERROR(WriteRanges(ranges, &bytes));
    next_side_info_ = bytes.Take();
    return {};
  }

  bool NeedsRanges() const {
    if (tiled_.scope == RangeScope::kElement) return false;  // CodeHeld has seen to it
    return config_.quantizer.update == RangeUpdate::kFrame || frames_coded_ % config_.gop_frames == 0;
  }

  Status Code(const FeatureFrame& frame, std::vector<Packet>* out) {
    if (frames_coded_ == 0 && config_.tiling.order != ChannelOrder::kRaster) {
      for (size_t layer = 0; layer < layers_.size(); ++layer) {
        tiled_.tiles.orders[layer] = MakeChannelOrder(frame.layers[layer], config_.tiling.order);
      }
    }
    if (NeedsRanges()) FSC_RETURN_IF_ERROR(Begin({&frame, 1}));
    QuantizeFrame(tiled_.tiles, quantizers_, frame, picture_.view());
    waiting_[frames_coded_++] = {frame.timestamp_ticks, std::move(next_side_info_)};
    next_side_info_.clear();
    std::vector<CodedPicture> coded;
    FSC_RETURN_IF_ERROR(codec_->Push(std::as_const(picture_).view(), &coded));
    return Seal(std::move(coded), out);
  }

  Status Seal(std::vector<CodedPicture> coded, std::vector<Packet>* out) {
    for (CodedPicture& picture : coded) {
      const auto waiting = waiting_.find(picture.frame_number);
      if (waiting == waiting_.end()) {
        return Internal("the picture codec gave a picture that it was not given",
                        "frame " + std::to_string(picture.frame_number));
      }
      std::vector<uint8_t>& side_info = waiting->second.side_info;
      Packet packet;
      packet.type = picture.key             ? FrameType::kIntra
                    : picture.bidirectional ? FrameType::kBidirectional
                                            : FrameType::kInter;
      packet.random_access = picture.key && !side_info.empty();
      packet.frame_number = picture.frame_number;
      packet.timestamp_ticks = waiting->second.timestamp_ticks;
      if (!side_info.empty()) packet.sections.push_back({SectionKind::kSideInfo, -1, side_info.size()});
      packet.sections.push_back({SectionKind::kResidual, -1, picture.bytes.size()});
      if (side_info.empty()) {
        packet.payload = std::move(picture.bytes);
      } else {
        packet.payload = std::move(side_info);
        packet.payload.insert(packet.payload.end(), picture.bytes.begin(), picture.bytes.end());
      }
      waiting_.erase(waiting);
      out->push_back(std::move(packet));
    }
    return {};
  }

  EncoderConfig config_;
  std::vector<LayerSpec> layers_;
  TiledConfig tiled_;
  std::unique_ptr<PictureEncoder> codec_;
  std::vector<LayerQuantizer> quantizers_;
  Plane<uint16_t> picture_;
  int64_t frames_coded_ = 0;             // given to the codec
  std::vector<FeatureFrame> held_;       // kElement: the first frames, until their ranges are known
  std::vector<uint8_t> next_side_info_;  // of the next frame given to the codec; empty = none
  std::map<int64_t, Waiting> waiting_;   // by frame number; bounded by the codec's reordering
};

}  // namespace

Result<std::unique_ptr<ModeEncoder>> CreateTiledEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                        TimeBase time_base, TimeBase frame_rate, const Limits& limits) {
  FSC_RETURN_IF_ERROR(CheckQuantizerConfig(config.quantizer));
  if (config.quantizer.scope == RangeScope::kElement && config.low_delay) {
    return Usage("element ranges are measured over the first frames, which low delay cannot hold back", "quantizer",
                 "use one range per channel");
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
  return std::unique_ptr<ModeEncoder>(new TiledEncoder(config, layers, std::move(tiled), std::move(codec)));
}

}  // namespace fsc
