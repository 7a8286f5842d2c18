// tiny_back.h: split networks of one line, for tests: a back from TorchScript text, and frames of random values.
#ifndef FSC_TESTS_LEARN_TORCH_TINY_BACK_H_
#define FSC_TESTS_LEARN_TORCH_TINY_BACK_H_

#include <torch/script.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "models/model_spec.h"
#include "tests/support/temporary_folder.h"

namespace fsc {

// Saves `forward` (and weights it may use as self.w) as the back of a model with these layers.
inline ModelSpec TinyModel(const TemporaryFolder& folder, const std::string& forward, std::vector<LayerSpec> layers,
                           TaskKind kind, const torch::Tensor& weights = {}) {
  torch::jit::Module module("m");
  if (weights.defined()) module.register_parameter("w", weights, false);
  module.define(forward);
  ModelSpec spec;
  spec.id = "tiny";
  spec.json_path = "tiny.json";
  spec.back_path = folder.File("back.pt");
  module.save(spec.back_path);
  spec.layers = std::move(layers);
  spec.task.kind = kind;
  return spec;
}

// Smooth, so that neighbours are alike, with noise; never negative where `rectified`.
inline FeatureFrame RandomFrame(const std::vector<LayerSpec>& layers, int height_px, int width_px, uint32_t seed,
                                bool rectified = false) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return float(random() % 10000) / 5000.0f - 1; };
  FeatureFrame frame;
  for (const LayerSpec& layer : layers) {
    Tensor tensor(layer.channels, height_px / layer.stride_px, width_px / layer.stride_px);
    for (int c = 0; c < layer.channels; ++c) {
      const float fx = uniform(), fy = uniform(), phase = 3 * uniform(), size = 1 + uniform();
      for (int y = 0; y < tensor.height_cells(); ++y) {
        for (int x = 0; x < tensor.width_cells(); ++x) {
          const float value = size * std::sin(fx * float(x) + fy * float(y) + phase) + 0.1f * uniform();
          tensor.plane(c)[size_t(y) * size_t(tensor.width_cells()) + size_t(x)] =
              rectified ? std::max(0.f, value) : value;
        }
      }
    }
    frame.layers.push_back(std::move(tensor));
  }
  return frame;
}

}  // namespace fsc

#endif  // FSC_TESTS_LEARN_TORCH_TINY_BACK_H_
