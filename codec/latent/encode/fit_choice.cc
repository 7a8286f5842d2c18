#include "codec/latent/encode/fit_choice.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
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

// A preset that is in a hurry tries fits on the middle of frames with more cells than this in their finest layer.
constexpr int64_t kEnoughCells = 2560;

// The middle of frames, and what goes with it.
struct Middle {
  std::vector<LayerSpec> layers;
  FeatureFrame first;
  FeatureFrame later;
  std::optional<MotionSource> motion;
};

// A part of 1 / divisor in each direction.
Tensor MiddleOf(const Tensor& tensor, int divisor) {
  const int width = (tensor.width_cells() + divisor - 1) / divisor;
  const int height = (tensor.height_cells() + divisor - 1) / divisor;
  const size_t first_x = size_t(tensor.width_cells() - width) / 2;
  const size_t first_y = size_t(tensor.height_cells() - height) / 2;
  Tensor middle(tensor.channels(), height, width);
  for (int c = 0; c < tensor.channels(); ++c) {
    for (size_t y = 0; y < size_t(height); ++y) {
      const std::span<const float> row =
          tensor.plane(c).subspan((first_y + y) * size_t(tensor.width_cells()) + first_x, size_t(width));
      std::ranges::copy(row, middle.plane(c).begin() + ptrdiff_t(y) * width);
    }
  }
  return middle;
}

// Makes a trial of whole frames one of their middle, which goes to `middle`.
void UseMiddle(const FitInput& input, TransformTrial* trial, Middle* middle) {
  int64_t cells = 0;
  for (const LayerSpec& layer : input.layers) cells = std::max(cells, layer.plane_elements());
  int divisor = 1;
  while (cells / (divisor * divisor) > kEnoughCells) ++divisor;
  if (divisor == 1) return;
  for (size_t i = 0; i < input.layers.size(); ++i) {
    middle->first.layers.push_back(MiddleOf(trial->first->layers[i], divisor));
    if (trial->later != nullptr) middle->later.layers.push_back(MiddleOf(trial->later->layers[i], divisor));
    LayerSpec& layer = middle->layers.emplace_back(input.layers[i]);
    layer.width_cells = middle->first.layers.back().width_cells();
    layer.height_cells = middle->first.layers.back().height_cells();
  }
  middle->motion.emplace(input.config->latent.motion, input.config->preset, middle->layers);
  trial->layers = middle->layers;
  trial->motion = &*middle->motion;
  trial->geometry = middle->motion->GeometryFor(nullptr);
  trial->first = &middle->first;
  trial->first_luma = nullptr;
  if (trial->later != nullptr) trial->later = &middle->later;
  trial->later_luma = nullptr;
  trial->share = double(TotalElements(middle->layers)) / double(TotalElements(input.layers));
}

// `middle` keeps what the trial borrows.
TransformTrial TrialOf(const FitInput& input, const MotionGeometry& geometry, Middle* middle) {
  const SourceFrame& first = *input.frames.front();
  const SourceFrame& later = *input.frames.back();
  TransformTrial trial;
  trial.geometry = geometry;
  trial.layers = input.layers;
  trial.effort = input.effort;
  trial.motion = input.motion;
  trial.first = &first.frame;
  trial.first_luma = first.luma;
  trial.later = input.frames.size() > 1 ? &later.frame : nullptr;
  trial.later_luma = later.luma;
  trial.qp = input.qp;
  trial.frames = input.whole ? double(input.frames.size()) : kLikelyFitFrames;
  if (input.config->preset == "fast") UseMiddle(input, &trial, middle);
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
    Middle middle;
    const TransformTrial trial = TrialOf(input, motion, &middle);
    Components components = ChooseRows(trial, make, std::move(fit), pool);
    fit = std::move(components.fit);
    if (latent.transform == LatentTransform::kAuto) {
      StreamFit identity = make(identities, {});
      const std::vector<TrialCost> as_is = TrialCosts(trial, identity, trial.qp, pool);
      const double lambda = input.effort->quantizer.lambda;
      std::vector<LatentTransform> kinds;
      for (size_t i = 0; i < as_is.size(); ++i) {
        kinds.push_back(as_is[i].At(lambda) < kIdentityWins * components.costs[i].At(lambda)
                            ? LatentTransform::kIdentity
                            : LatentTransform::kAuto);
      }
      const auto without = size_t(std::ranges::count(kinds, LatentTransform::kIdentity));
      if (without == kinds.size()) {
        fit = std::move(identity);
      } else if (without > 0) {
        fit = make(kinds, components.coarser);
      }
    }
  }
  if (double(fit.bytes().size()) > input.most_bytes) fit = make(identities, {});
  return fit;
}

bool WantsFit(const FitInput& input, const StreamFit& present, int present_qp, const StreamFit& fit, double frames,
              ThreadPool* pool) {
  Middle middle;
  TransformTrial trial = TrialOf(input, input.motion->GeometryFor(input.frames.front()->luma.get()), &middle);
  trial.frames = std::min(trial.frames, frames);
  return PaysForItself(trial, present, present_qp, fit, pool);
}

}  // namespace fsc
