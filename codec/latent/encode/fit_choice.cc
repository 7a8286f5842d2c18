#include "codec/latent/encode/fit_choice.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "codec/latent/encode/transform_choice.h"

namespace fsc {
namespace {

constexpr double kLikelyFitFrames = 64;  // that a fit serves, where the end is not known
// At equal squared error networks make more of components (docs/latent-mode.md, "What each part is worth"), so the
// identity has to be better by some percent.
constexpr double kIdentityWins = 0.95;
// Fewer and coarser rows are tried where the description takes at least so much of all bits: as for qps that are
// coarser by so many, until no layer gains.
constexpr double kDearDescription = 0.03;
constexpr int kCoarserStep = 4;
constexpr int kMostCoarser = 16;
constexpr int kSlopeQps = 3;  // over which the worth of a bit is measured

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

// Makes a fit of every layer's kind (empty: as configured), and of qps by which its rows are coarser (empty: none).
using FitMaker = std::function<StreamFit(std::vector<LatentTransform>, std::vector<int>)>;

struct Components {
  StreamFit fit;
  std::vector<int> coarser;      // of each layer
  std::vector<TrialCost> costs;  // ..
};

double Sum(const std::vector<TrialCost>& costs, double TrialCost::*part) {
  return std::accumulate(costs.begin(), costs.end(), 0.0,
                         [&](double sum, const TrialCost& cost) { return sum + cost.*part; });
}

// The fit whose rows, by their number and precision, are worth their bytes: as much as other bits are, which a coarser
// qp would save.
Components ChooseRows(const TransformTrial& trial, const FitMaker& make, StreamFit finest, ThreadPool* pool) {
  Components best{std::move(finest), std::vector<int>(trial.layers.size()), {}};
  best.costs = TrialCosts(trial, best.fit, trial.qp, pool);
  const double bits = Sum(best.costs, &TrialCost::bits);
  const double description_bits = Sum(best.costs, &TrialCost::description_bits);
  if (description_bits < kDearDescription * (bits + description_bits)) return best;
  const std::vector<TrialCost> beside = TrialCosts(trial, best.fit, trial.qp - kSlopeQps, pool);
  const double more_bits = Sum(beside, &TrialCost::bits) - bits;
  const double less_squares = Sum(best.costs, &TrialCost::squares) - Sum(beside, &TrialCost::squares);
  if (more_bits <= 0 || less_squares <= 0) return best;
  const double worth = less_squares / more_bits;
  bool gained = true;
  for (int coarser = kCoarserStep; gained && coarser <= kMostCoarser; coarser += kCoarserStep) {
    const std::vector<TrialCost> costs =
        TrialCosts(trial, make({}, std::vector<int>(trial.layers.size(), coarser)), trial.qp, pool);
    gained = false;
    for (size_t i = 0; i < costs.size(); ++i) {
      if (costs[i].At(worth) >= best.costs[i].At(worth)) continue;
      best.costs[i] = costs[i];
      best.coarser[i] = coarser;
      gained = true;
    }
  }
  if (std::ranges::count(best.coarser, 0) < std::ssize(best.coarser)) best.fit = make({}, best.coarser);
  return best;
}

}  // namespace

StreamFit ChooseFit(const FitInput& input, ThreadPool* pool) {
  std::vector<const FeatureFrame*> frames;
  for (const SourceFrame* source : input.frames) frames.push_back(&source->frame);
  const SourceFrame& first = *input.frames.front();
  const MotionGeometry motion = input.motion->GeometryFor(first.luma.get());
  const auto make = [&](std::vector<LatentTransform> kinds, std::vector<int> coarser) {
    StreamFitOptions options;
    options.qp = input.finest_qp;
    options.whole = input.whole;
    options.every_row = input.every_row;
    options.kinds = std::move(kinds);
    options.coarser = std::move(coarser);
    return StreamFit(*input.config, input.layers, motion, frames, options);
  };
  const std::vector<LatentTransform> identities(input.layers.size(), LatentTransform::kIdentity);
  StreamFit fit = make({}, {});
  const LatentConfig& latent = input.config->latent;
  if (!latent.lossless && fit.has_components()) {
    const TransformTrial trial = TrialOf(input);
    Components components = ChooseRows(trial, make, std::move(fit), pool);
    fit = std::move(components.fit);
    if (latent.transform == LatentTransform::kAuto) {
      const std::vector<TrialCost> as_is = TrialCosts(trial, make(identities, {}), trial.qp, pool);
      const double lambda = input.effort->quantizer.lambda;
      std::vector<LatentTransform> kinds;
      for (size_t i = 0; i < as_is.size(); ++i) {
        kinds.push_back(as_is[i].At(lambda) < kIdentityWins * components.costs[i].At(lambda)
                            ? LatentTransform::kIdentity
                            : LatentTransform::kAuto);
      }
      if (std::ranges::count(kinds, LatentTransform::kIdentity) > 0) fit = make(kinds, components.coarser);
    }
  }
  if (double(fit.bytes().size()) > input.most_bytes) fit = make(identities, {});
  return fit;
}

bool WantsFit(const FitInput& input, const StreamFit& present, int present_qp, const StreamFit& fit, double frames,
              ThreadPool* pool) {
  TransformTrial trial = TrialOf(input);
  trial.frames = std::min(trial.frames, frames);
  return PaysForItself(trial, present, present_qp, fit, pool);
}

}  // namespace fsc
