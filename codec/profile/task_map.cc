#include "codec/profile/task_map.h"

#include <algorithm>
#include <array>

#include "codec/profile/conv_net_run.h"

namespace fsc {
namespace {

constexpr int kSteps = 4;  // per octave

float WeightOf(float log2_weight) {
  // 2^(i / 4) as the nearest float.
  constexpr std::array<float, kSteps> kFractions = {1.0f, 1.18920712f, 1.41421356f, 1.68179283f};
  constexpr float kMost = kTaskMapOctaves * kSteps;
  // Not a number becomes the least weight.
  const float limited = std::clamp(log2_weight * kSteps, -kMost, kMost);
  const int steps = limited >= -kMost ? int(limited + kMost + 0.5f) : 0;
  const float whole = float(1 << (steps / kSteps)) / float(1 << kTaskMapOctaves);
  return kFractions[size_t(steps % kSteps)] * whole;
}

}  // namespace

std::vector<Tensor> TaskWeights(std::span<const ReducedPart> parts, const FeatureFrame& reduced, ThreadPool* pool) {
  const auto has_map = [](const ReducedPart& part) { return !part.task_map.main.empty(); };
  if (std::none_of(parts.begin(), parts.end(), has_map)) return {};
  std::vector<Tensor> weights;
  for (size_t p = 0; p < parts.size(); ++p) {
    const Tensor& planes = reduced.layers[p];
    if (!has_map(parts[p])) {
      weights.emplace_back(1, planes.height_cells(), planes.width_cells());
      std::fill(weights.back().values().begin(), weights.back().values().end(), 1.0f);
      continue;
    }
    weights.push_back(RunConvNet(parts[p].task_map, planes, pool));
    for (float& value : weights.back().values()) value = WeightOf(value);
  }
  return weights;
}

}  // namespace fsc
