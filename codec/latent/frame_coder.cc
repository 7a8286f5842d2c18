#include "codec/latent/frame_coder.h"

#include <algorithm>
#include <cstdlib>

namespace fsc {
namespace {

constexpr int kMaxHintTerm = 64;  // MotionHint

}  // namespace

LatentState::LatentState(const LatentStreamConfig& config, std::span<const LayerSpec> specs) {
  for (size_t i = 0; i < specs.size(); ++i) {
    layers.emplace_back(config.layers[i], BlockGrid(specs[i].width_cells, specs[i].height_cells));
  }
}

void LatentState::Restart(int qp) {
  for (LayerState& layer : layers) layer.Restart(qp);
  motion = {};
}

MotionHint HintFor(const LatentFrameHeader& header, int reference, std::span<const MotionField> fields) {
  MotionHint hint;
  if (reference == 0 || fields.empty()) return hint;
  const int num = header.references[1];
  const int den = header.references[0];
  if (std::abs(num) > kMaxHintTerm || std::abs(den) > kMaxHintTerm) return hint;
  hint.field = &fields[0];
  hint.num = den < 0 ? -num : num;
  hint.den = std::abs(den);
  return hint;
}

FrameMotion::FrameMotion(std::span<const LayerSpec> layers, std::span<const MotionField> fields, WarpFilter filter)
    : plans_(layers.size()), fields_(fields.size()) {
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    for (size_t i = 0; i < fields.size(); ++i)
      plans_[layer][i] = WarpPlan(ScaleToLayer(fields[i], layers[layer]), filter);
  }
}

std::array<const WarpPlan*, 2> FrameMotion::plans(int layer) const {
  return {fields_ > 0 ? &plans_[layer][0] : nullptr, fields_ > 1 ? &plans_[layer][1] : nullptr};
}

LayerFrame MakeLayerFrame(const LatentStreamConfig& config, const LatentFrameHeader& header, int layer,
                          const FrameMotion& motion, std::span<const LatentPicture* const> references) {
  LayerFrame frame;
  frame.header = &header;
  frame.dequantizer.step_q4 = StepQ4(header.qp, config.layers[layer].transform.sigma_log2);
  frame.dequantizer.recentre = header.recentre;
  frame.lossless = config.lossless;
  frame.plans = motion.plans(layer);
  for (size_t i = 0; i < references.size(); ++i) frame.references[i] = &references[i]->layers[layer];
  return frame;
}

}  // namespace fsc
