#include "codec/latent/encode/fit_choice.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "codec/latent/encode/transform_choice.h"

namespace fsc {
namespace {

constexpr double kLikelyFitFrames = 64;  // that a fit serves, where the end is not known

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
    Middle middle;
    StreamFit identity = with(identities);
    const std::vector<LatentTransform> kinds = ChooseTransforms(TrialOf(input, motion, &middle), fit, identity, pool);
    const auto without = size_t(std::ranges::count(kinds, LatentTransform::kIdentity));
    if (without == kinds.size()) {
      fit = std::move(identity);
    } else if (without > 0) {
      fit = with(kinds);
    }
  }
  if (double(fit.bytes().size()) > input.most_bytes) fit = with(identities);
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
