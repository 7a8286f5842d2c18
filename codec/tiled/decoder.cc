#include "codec/tiled/decoder.h"

#include <map>

#include "codec/tiled/outliers.h"
#include "codec/tiled/planes.h"
#include "codec/tiled/range_syntax.h"
#include "codec/tiled/syntax.h"
#include "streams/packet_sections.h"
#include "streams/picture_codec.h"

namespace fsc {
namespace {

std::string FrameText(int64_t frame_number) {
  return "frame " + std::to_string(frame_number);
}

class TiledDecoder : public ModeDecoder {
 public:
  TiledDecoder(const StreamHeader& header, TiledConfig config, std::unique_ptr<PictureDecoder> codec)
      : layers_(header.layers), config_(std::move(config)), codec_(std::move(codec)) {
    for (const LayerSpec& layer : layers_)
      quantizers_.emplace_back(layer, config_.levels, config_.level_rule, config_.scope);
  }

  Status Push(const Packet& packet, std::vector<DecodedFrame>* out) override {
    const std::string where = FrameText(packet.frame_number);
    std::span<const uint8_t> side_info, picture;
    std::vector<std::vector<Outlier>> outliers;
    FSC_ASSIGN_OR_RETURN(const std::vector<SectionView> sections, SectionsOf(packet, where));
    for (const SectionView& section : sections) {
      const bool of_layer = section.layer >= 0 && size_t(section.layer) < layers_.size();
      if (section.kind == SectionKind::kSideInfo && section.layer < 0 && side_info.empty()) {
        side_info = section.bytes;
      } else if (section.kind == SectionKind::kSideInfo && of_layer) {
        outliers.resize(layers_.size());
        if (!outliers[size_t(section.layer)].empty()) return BadInput("outliers of a layer twice", where);
        const int64_t elements = layers_[size_t(section.layer)].elements();
        FSC_ASSIGN_OR_RETURN(outliers[size_t(section.layer)], ReadOutliers(section.bytes, elements, where));
      } else if (section.kind == SectionKind::kResidual && picture.empty()) {
        picture = section.bytes;
      } else {
        return BadInput("a packet with sections that tiled modes do not have", where, "the stream is damaged");
      }
    }
    if (picture.empty()) return BadInput("a packet without a picture", where, "the stream is damaged");
    if (waiting_.size() >= kMostWaiting)
      return BadInput("the picture codec gives no pictures", where, "the stream is damaged");
    Waiting waiting{packet.timestamp_ticks, std::move(outliers)};
    if (!waiting_.emplace(packet.frame_number, std::move(waiting)).second) {
      return BadInput("two packets of the same frame", where, "the stream is damaged");
    }
    if (!side_info.empty()) {
      ByteReader in(side_info);
      FSC_ASSIGN_OR_RETURN(auto ranges, ReadRanges(&in, layers_, config_.scope, where));
      FSC_RETURN_IF_ERROR(in.CheckAtEnd("quantiser ranges", where));
      pending_ranges_[packet.frame_number] = std::move(ranges);
    }
    std::vector<DecodedPicture> decoded;
    FSC_RETURN_IF_ERROR(codec_->Push(picture, packet.frame_number, &decoded));
    return Restore(std::move(decoded), out);
  }

  Status Flush(std::vector<DecodedFrame>* out) override {
    std::vector<DecodedPicture> decoded;
    FSC_RETURN_IF_ERROR(codec_->Flush(&decoded));
    return Restore(std::move(decoded), out);
  }

  void Reset() override {
    codec_->Reset();
    pending_ranges_.clear();
    waiting_.clear();
    has_ranges_ = false;
  }

  void Recycle(FeatureFrame frame) override {
    bool fits = frame.layers.size() == layers_.size() && spare_.size() < kMostSpare;
    for (size_t layer = 0; fits && layer < layers_.size(); ++layer) {
      const Tensor& tensor = frame.layers[layer];
      fits = !tensor.borrowed() && tensor.channels() == layers_[layer].channels &&
             tensor.height_cells() == layers_[layer].height_cells && tensor.width_cells() == layers_[layer].width_cells;
    }
    if (fits) spare_.push_back(std::move(frame.layers));
  }

 private:
  static constexpr size_t kMostWaiting = 512;  // frames inside a codec: far above any reordering and thread count

  static constexpr size_t kMostSpare = 4;  // frames: one in use by the caller, and what a reordering gives at once

  // What a frame needs beside its picture.
  struct Waiting {
    int64_t timestamp_ticks = 0;
    std::vector<std::vector<Outlier>> outliers;  // by layer; empty = none
  };

  // The tensors of one frame; every value is overwritten.
  std::vector<Tensor> NewTensors() {
    if (!spare_.empty()) {
      std::vector<Tensor> tensors = std::move(spare_.back());
      spare_.pop_back();
      return tensors;
    }
    std::vector<Tensor> tensors;
    for (const LayerSpec& layer : layers_) tensors.emplace_back(layer.channels, layer.height_cells, layer.width_cells);
    return tensors;
  }

  // Makes the ranges of the last packet at or before `frame_number` (display order) the current ones.
  Status UseRangesFor(int64_t frame_number) {
    auto next = pending_ranges_.upper_bound(frame_number);
    if (next != pending_ranges_.begin()) {
      const std::vector<LayerRanges>& ranges = std::prev(next)->second;
      for (size_t layer = 0; layer < layers_.size(); ++layer) {
        FSC_RETURN_IF_ERROR(quantizers_[layer].SetRanges(ranges[layer], FrameText(frame_number)));
      }
      has_ranges_ = true;
      pending_ranges_.erase(pending_ranges_.begin(), next);
    }
    if (has_ranges_) return {};
    return BadInput("no quantiser ranges before this frame", FrameText(frame_number), "the stream is damaged");
  }

  Status Restore(std::vector<DecodedPicture> decoded, std::vector<DecodedFrame>* out) {
    for (const DecodedPicture& picture : decoded) {
      const auto waiting = waiting_.find(picture.frame_number);
      if (waiting == waiting_.end()) {
        return BadInput("the picture codec gave a picture twice", FrameText(picture.frame_number),
                        "the stream is damaged");
      }
      const TileLayout& layout = config_.tiles.layout;
      if (picture.samples.width() != layout.picture_width_px() ||
          picture.samples.height() != layout.picture_height_px()) {
        return BadInput("picture of another size than the header says", FrameText(picture.frame_number),
                        "the stream is damaged");
      }
      FSC_RETURN_IF_ERROR(UseRangesFor(picture.frame_number));
      DecodedFrame result;
      result.frame_number = picture.frame_number;
      result.frame.timestamp_ticks = waiting->second.timestamp_ticks;
      result.frame.layers = NewTensors();
      DequantizeFrame(config_.tiles, quantizers_, picture.samples.view(), &result.frame);
      for (size_t layer = 0; layer < waiting->second.outliers.size(); ++layer) {
        const auto values = result.frame.layers[layer].values();
        for (const Outlier& outlier : waiting->second.outliers[layer]) values[size_t(outlier.element)] = outlier.value;
      }
      waiting_.erase(waiting);
      out->push_back(std::move(result));
    }
    return {};
  }

  std::vector<LayerSpec> layers_;
  TiledConfig config_;
  std::unique_ptr<PictureDecoder> codec_;
  std::vector<LayerQuantizer> quantizers_;
  std::vector<std::vector<Tensor>> spare_;  // given back by the caller
  bool has_ranges_ = false;
  std::map<int64_t, std::vector<LayerRanges>> pending_ranges_;  // by frame number: not yet in use
  std::map<int64_t, Waiting> waiting_;                          // by frame number: frames inside the codec
};

}  // namespace

Result<std::unique_ptr<ModeDecoder>> CreateTiledDecoder(const StreamHeader& header, const Limits& limits, int threads) {
  FSC_ASSIGN_OR_RETURN(TiledConfig config, ReadTiledConfig(header.mode_config, header.layers, limits));
  PictureDecoderConfig picture;
  picture.mode = header.mode;
  picture.width_px = config.tiles.layout.picture_width_px();
  picture.height_px = config.tiles.layout.picture_height_px();
  picture.bits = config.bits;
  picture.codec_private = config.codec_private;
  picture.threads = threads;
  FSC_ASSIGN_OR_RETURN(auto codec, CreatePictureDecoder(picture, limits));
  return std::unique_ptr<ModeDecoder>(new TiledDecoder(header, std::move(config), std::move(codec)));
}

}  // namespace fsc
