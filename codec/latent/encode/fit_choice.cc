#include "codec/latent/encode/fit_choice.h"

#include <algorithm>
#include <vector>

#include "codec/latent/encode/transform_choice.h"

namespace fsc {
namespace {

constexpr double kLikelyFitFrames = 64;  // that a fit serves, where the end is not known

TransformTrial TrialOf(const FitInput& input) {
  const SourceFrame& first = *input.frames.front();
  const SourceFrame& later = *input.frames.back();
  TransformTrial trial;
  trial.layers = input.layers;
  trial.effort = input.effort;
  trial.motion = input.motion;
  trial.first = &first.frame;
  trial.first_luma = first.luma;
  trial.later = input.frames.size() > 1 ? &later.frame : nullptr;
  trial.later_luma = later.luma;
  trial.qp = input.qp;
  trial.frames = input.whole ? double(input.frames.size()) : kLikelyFitFrames;
  return trial;
}

}  // namespace

StreamFit ChooseFit(const FitInput& input, ThreadPool* pool) {
  std::vector<const FeatureFrame*> frames;
  for (const SourceFrame* source : input.frames) frames.push_back(&source->frame);
  const SourceFrame& first = *input.frames.front();
  const MotionGeometry motion = input.motion->GeometryFor(first.luma.get());
  StreamFitOptions options;
  options.qp = input.finest_qp;
  options.whole = input.whole;
  options.every_row = input.every_row;
  const auto with = [&](std::vector<LatentTransform> kinds) {
    options.kinds = std::move(kinds);
    return StreamFit(*input.config, input.layers, motion, frames, options);
  };
  const std::vector<LatentTransform> identities(input.layers.size(), LatentTransform::kIdentity);
  StreamFit fit = with({});
  const LatentConfig& latent = input.config->latent;
  if (latent.transform == LatentTransform::kAuto && !latent.lossless && fit.has_components()) {
    const std::vector<LatentTransform> kinds = ChooseTransforms(TrialOf(input), fit, with(identities), pool);
    if (std::ranges::count(kinds, LatentTransform::kIdentity) > 0) fit = with(kinds);
  }
  if (double(fit.bytes().size()) > input.most_bytes) fit = with(identities);
  return fit;
}

bool WantsFit(const FitInput& input, const StreamFit& present, int present_qp, const StreamFit& fit, double frames,
              ThreadPool* pool) {
  TransformTrial trial = TrialOf(input);
  trial.frames = std::min(trial.frames, frames);
  return PaysForItself(trial, present, present_qp, fit, pool);
}

}  // namespace fsc
