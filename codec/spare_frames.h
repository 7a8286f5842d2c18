// spare_frames.h: the memory of frames that a caller has given back, for later ones: fresh pages from the operating
// system cost more time than decoding into them.
#ifndef FSC_CODEC_SPARE_FRAMES_H_
#define FSC_CODEC_SPARE_FRAMES_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "fsc/feature_frame.h"

namespace fsc {

class SpareFrames {
 public:
  // `layers` are copied.
  explicit SpareFrames(std::vector<LayerSpec> layers) : layers_(std::move(layers)) {}

  // Keeps the tensors of `frame` where they are of use.
  void Give(FeatureFrame frame) {
    bool fits = frame.layers.size() == layers_.size() && spare_.size() < kMostSpare;
    for (size_t layer = 0; fits && layer < layers_.size(); ++layer) {
      const Tensor& tensor = frame.layers[layer];
      fits = !tensor.borrowed() && tensor.channels() == layers_[layer].channels &&
             tensor.height_cells() == layers_[layer].height_cells && tensor.width_cells() == layers_[layer].width_cells;
    }
    if (fits) spare_.push_back(std::move(frame.layers));
  }

  // The tensors of one frame. Their values are unspecified.
  std::vector<Tensor> Take() {
    if (!spare_.empty()) {
      std::vector<Tensor> tensors = std::move(spare_.back());
      spare_.pop_back();
      return tensors;
    }
    std::vector<Tensor> tensors;
    for (const LayerSpec& layer : layers_) tensors.emplace_back(layer.channels, layer.height_cells, layer.width_cells);
    return tensors;
  }

 private:
  static constexpr size_t kMostSpare = 4;  // frames: one in use by the caller, and what a reordering gives at once

  std::vector<LayerSpec> layers_;
  std::vector<std::vector<Tensor>> spare_;
};

}  // namespace fsc

#endif  // FSC_CODEC_SPARE_FRAMES_H_
