#include "codec/latent/encode/output_control.h"

#include <algorithm>

#include "codec/latent/transform.h"

namespace fsc {
namespace {

constexpr float kNothingSeen = 3.0e38f;
constexpr double kCutOffSteps = 0.25;  // that a value may lie below the bound
constexpr double kHurts = 1.2;         // times the error without a stage

}  // namespace

OutputControl::OutputControl(const LatentStreamConfig& config, float lambda)
    : stages_(config.layers.size()), lows_(config.layers.size(), kNothingSeen) {
  for (const LatentStreamConfig::Layer& layer : config.layers) {
    fits_.emplace_back(layer.transform.channels, layer.transform.unit, lambda);
  }
}

void OutputControl::BeginGroup() {
  stages_.assign(stages_.size(), {});
}

bool OutputControl::CutsOff(int layer, const OutputStage& stage, const OutputInput& input) const {
  if (stage.low <= OutputStage::kNoLow) return false;
  const ChannelTransform& transform = input.fit->config().layers[size_t(layer)].transform;
  const double step = double{transform.unit} * StepQ4(input.qp, transform.sigma_log2) / 16;
  return (*input.scan)[size_t(layer)].lowest < stage.low - kCutOffSteps * step;
}

bool OutputControl::Hurts(int layer, const OutputStage& stage, const OutputInput& input) const {
  if (stage.tables.empty() && stage.low <= OutputStage::kNoLow) return false;
  const auto i = size_t(layer);
  const ProbedError error = ErrorOf(*input.fit, layer, (*input.decoded)[i], stage, (*input.probes)[i]);
  return error.finished > kHurts * error.plain;
}

std::vector<ProbedError> OutputControl::Errors(const OutputInput& input) const {
  std::vector<ProbedError> errors;
  for (size_t i = 0; i < stages_.size(); ++i) {
    errors.push_back(ErrorOf(*input.fit, int(i), (*input.decoded)[i], stages_[i], (*input.probes)[i]));
  }
  return errors;
}

std::vector<std::optional<OutputStage>> OutputControl::Choose(const OutputInput& input, ThreadPool* pool) {
  std::vector<std::optional<OutputStage>> chosen(stages_.size());
  bool any = false;
  for (size_t i = 0; i < stages_.size(); ++i) {
    if (lows_[i] > OutputStage::kNoLow) lows_[i] = std::min(lows_[i], (*input.scan)[i].lowest);
    if (CutsOff(int(i), stages_[i], input)) lows_[i] = OutputStage::kNoLow;  // it was no bound, so there is none
    if (input.originals != nullptr) {
      const int32_t step_q4 = StepQ4(input.qp, input.fit->config().layers[i].transform.sigma_log2);
      const Tensor decoded = input.fit->Synthesise(int(i), (*input.decoded)[i], pool);
      fits_[i].Add(decoded, (*input.originals)[i], lows_[i], step_q4);
      chosen[i] = fits_[i].Choose(stages_[i], input.frames);
    }
    if (!chosen[i] && CutsOff(int(i), stages_[i], input)) {
      chosen[i] = stages_[i];
      chosen[i]->low = OutputStage::kNoLow;
    }
    const OutputStage& stage = chosen[i] ? *chosen[i] : stages_[i];
    if (Hurts(int(i), stage, input)) chosen[i] = OutputStage{};
    any |= chosen[i].has_value();
  }
  if (!any) chosen.clear();
  return chosen;
}

std::vector<std::optional<OutputStage>> OutputControl::Least(const std::vector<std::optional<OutputStage>>& chosen,
                                                             const OutputInput& input) const {
  std::vector<std::optional<OutputStage>> least(chosen.size());
  bool any = false;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!CutsOff(int(i), stages_[i], input) && !Hurts(int(i), stages_[i], input)) continue;
    least[i] = OutputStage{};
    any = true;
  }
  if (!any) least.clear();
  return least;
}

void OutputControl::Sent(const std::vector<std::optional<OutputStage>>& sent) {
  for (size_t i = 0; i < sent.size(); ++i) {
    if (sent[i]) stages_[i] = *sent[i];
  }
}

}  // namespace fsc
