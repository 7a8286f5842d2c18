// tensor_samples.h: frames with values that float16 holds exactly; numpy_files.py computes the same.
#ifndef FSC_TESTS_SUPPORT_TENSOR_SAMPLES_H_
#define FSC_TESTS_SUPPORT_TENSOR_SAMPLES_H_

#include <string>
#include <utility>
#include <vector>

#include "fsc/feature_frame.h"

namespace fsc::samples {

inline LayerSpec Layer(std::string name, int channels, int height_cells, int width_cells) {
  LayerSpec layer;
  layer.name = std::move(name);
  layer.channels = channels;
  layer.height_cells = height_cells;
  layer.width_cells = width_cells;
  return layer;
}

inline std::vector<LayerSpec> TwoLayers() {
  return {Layer("zebra", 3, 4, 7), Layer("alpha", 2, 2, 3)};
}

inline float RampValue(int64_t index, int layer) {
  return float((index * 7 + layer * 3) % 1021 - 510) / 8;
}

inline FeatureFrame RampFrame(const std::vector<LayerSpec>& layers, int64_t frame_number) {
  FeatureFrame frame;
  frame.timestamp_ticks = frame_number;
  for (size_t i = 0; i < layers.size(); ++i) {
    Tensor tensor(layers[i].channels, layers[i].height_cells, layers[i].width_cells);
    for (int64_t k = 0; k < int64_t(tensor.size()); ++k) {
      tensor.values()[size_t(k)] = RampValue(frame_number * int64_t(tensor.size()) + k, int(i));
    }
    frame.layers.push_back(std::move(tensor));
  }
  return frame;
}

inline bool SameValues(const FeatureFrame& a, const FeatureFrame& b) {
  bool same = a.layers.size() == b.layers.size() && a.timestamp_ticks == b.timestamp_ticks;
  for (size_t i = 0; same && i < a.layers.size(); ++i) {
    const auto x = a.layers[i].values(), y = b.layers[i].values();
    same = std::vector<float>(x.begin(), x.end()) == std::vector<float>(y.begin(), y.end());
  }
  return same;
}

}  // namespace fsc::samples

#endif  // FSC_TESTS_SUPPORT_TENSOR_SAMPLES_H_
