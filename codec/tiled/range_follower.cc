#include "codec/tiled/range_follower.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "codec/tiled/range_meter.h"

namespace fsc {
namespace {

constexpr double kOtherScale = 2;        // of variances and squared widths: 3 dB
constexpr double kOtherScaleUnseen = 4;  // where a frame's own widths say nothing
constexpr double kOtherVariance = 1.4;   // not the noise of a scene, but another one or another light
constexpr double kMostLoss = 1.9;        // of squared errors, to those of a frame's own ranges: 2.8 dB
constexpr double kSeenClipping = 0.25;   // of the picture codec's squared error
constexpr int64_t kLastingFrames = 4;
constexpr double kMostOfVariance = 0.25;  // what clipping may take of it
constexpr int64_t kVeryFewValues = 16;
constexpr double kLikeSize = 4;
constexpr int64_t kSoonFrames = 32;
constexpr double kUselessRange = 50;  // times the width of the bulk

bool ClipsByDesign(RangeRule rule) {
  return rule == RangeRule::kSigma || rule == RangeRule::kPercentile || rule == RangeRule::kFixed;
}

// How many outliers a frame may have before they are its content.
int64_t MostSentApart(int64_t elements) {
  return 2 * std::max<int64_t>(4, elements / 10000);
}

std::string ShortNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", value);
  return text;
}

int64_t PopulationSize(const LayerSpec& layer, RangeScope scope) {
  return layer.elements() / RangeCount(layer, scope);
}

// Whether smallest and largest values alone show that the frame suits: nothing outside, and not much narrower. Then it
// gives the frame's own squared width as well.
bool SuitsAtAGlance(const Tensor& tensor, const LayerRanges& ranges, RangeScope scope, double least_squared_width,
                    double* own_squared_width) {
  if (scope == RangeScope::kElement) return false;
  double squared_width = 0;
  for (size_t range = 0; range < ranges.lo.size(); ++range) {
    const MinMax own = FindMinMaxFast(scope == RangeScope::kLayer ? tensor.values() : tensor.plane(int(range)));
    if (own.lo < ranges.lo[range] || own.hi > ranges.hi[range]) return false;
    const double width = double(own.hi) - double(own.lo);
    squared_width += width * width / double(ranges.lo.size());
  }
  if (squared_width < least_squared_width) return false;
  *own_squared_width = squared_width;
  return true;
}

}  // namespace

RangeFollower::RangeFollower(std::span<const LayerSpec> layers, const QuantizerConfig& config, double noise)
    : layers_(layers.begin(), layers.end()),
      config_(config),
      noise_(noise),
      ranges_(layers.size()),
      states_(layers.size()),
      clipped_(layers.size(), false) {}

void RangeFollower::Seen::Add(int64_t count, int64_t frame, const std::string& name, double how_much) {
  if (frames == 0) {
    first_frame = frame;
    layer = name;
  }
  if (frames == 0 || last_frame != frame) ++frames;
  last_frame = frame;
  values += count;
  if (std::abs(how_much) > std::abs(size)) size = how_much;
}

bool RangeFollower::Clips(const RangeFit& fit, const LayerSpec& layer) const {
  double most = noise_ * fit.squared_width;
  if (OwnWidthsTell(layer) && !ClipsByDesign(config_.rule)) {
    // Ranges of the frame's own would clip nothing, and be coarser where they are wider.
    const double spare = kMostLoss * fit.fresh_squared_width - fit.squared_width;
    most = noise_ * std::clamp(spare, kSeenClipping * fit.squared_width, fit.squared_width);
  }
  if (layer.elements() >= kFewValues) most = std::min(most, kMostOfVariance * fit.variance);
  return fit.clipped_energy > most;
}

bool RangeFollower::OwnWidthsTell(const LayerSpec& layer) const {
  return config_.scope != RangeScope::kElement && PopulationSize(layer, config_.scope) >= kFewValues;
}

bool RangeFollower::HasOtherScale(const RangeFit& fit, size_t layer) {
  LayerState& state = states_[layer];
  if (!OwnWidthsTell(layers_[layer])) return fit.variance * kOtherScaleUnseen < state.variance;
  // A sudden loss of width, with one of variance, is another scene or light: nothing to wait for.
  const double last_squared_width = std::exchange(state.last_squared_width, fit.fresh_squared_width);
  const auto smaller = [](double now, double before, double factor) { return now * factor < before; };
  if (smaller(fit.variance, state.variance, kOtherVariance) &&
      smaller(fit.fresh_squared_width, std::min(last_squared_width, state.fresh_squared_width), kMostLoss)) {
    return true;
  }
  const bool too_wide = smaller(fit.fresh_squared_width, state.fresh_squared_width, kOtherScale);
  if (too_wide && smaller(fit.variance, state.variance, kOtherScale)) return true;
  // The largest values of a steady scene come and go: only what lasts is worth an intra period.
  state.too_wide_frames = too_wide ? state.too_wide_frames + 1 : 0;
  if (state.too_wide_frames >= kLastingFrames && !ClipsByDesign(config_.rule)) return true;
  return fit.variance > kOtherScale * state.variance &&
         fit.fresh_squared_width > kOtherScale * state.fresh_squared_width;
}

bool RangeFollower::LayerSuits(size_t layer, const Tensor& tensor) {
  LayerState& state = states_[layer];
  if (SuitsAtAGlance(tensor, ranges_[layer], config_.scope, state.fresh_squared_width / kMostLoss,
                     &state.last_squared_width)) {
    state.too_wide_frames = 0;
    return true;
  }
  const RangeFit fit = MeasureFit(tensor, ranges_[layer], config_.scope, state.usual);
  clipped_[layer] = Clips(fit, layers_[layer]) || fit.outliers > MostSentApart(layers_[layer].elements());
  if (HasOtherScale(fit, layer)) return false;
  if (!clipped_[layer]) return true;
  if (!ClipsByDesign(config_.rule)) return false;
  // Such ranges clip whatever is measured: they change where they then clip far less.
  const Tensor* const one[] = {&tensor};
  const LayerRanges own = MeasureRanges(one, config_, state.usual, ElementMargin::kWide);
  return MeasureFit(tensor, own, config_.scope, state.usual).clipped_energy * kOtherScale > fit.clipped_energy;
}

bool RangeFollower::Suits(const FeatureFrame& frame) {
  if (config_.rule == RangeRule::kFixed) return true;
  bool suits = true;
  for (size_t layer = 0; layer < layers_.size(); ++layer) {
    clipped_[layer] = false;
    suits = LayerSuits(layer, frame.layers[layer]) && suits;
  }
  if (suits) std::fill(clipped_.begin(), clipped_.end(), false);
  return suits;
}

LayerRanges RangeFollower::ElementRanges(size_t layer, std::span<const Tensor* const> tensors,
                                         const ValueInterval& usual) const {
  const LayerState& last = states_[layer];
  const bool again = clipped_[layer] && last.for_clipping && frames_ - last.measured_at < kSoonFrames;
  ElementMargin margin = again ? ElementMargin::kWide : ElementMargin::kNarrow;
  if (tensors.size() > 1 && !again) {
    // What is seen of elements in the first half must hold at the end.
    const LayerRanges before = MeasureRanges(tensors.first(tensors.size() / 2), config_, usual, margin);
    if (Clips(MeasureFit(*tensors.back(), before, config_.scope, usual), layers_[layer])) margin = ElementMargin::kWide;
  }
  return MeasureRanges(tensors, config_, usual, margin);
}

void RangeFollower::MeasureLayer(size_t layer, std::span<const Tensor* const> tensors) {
  const LayerSpec& spec = layers_[layer];
  LayerState state;
  const UsualValues found = FindUsualValues(tensors);
  if (config_.rule != RangeRule::kMinMax) {
    state.usual = found.usual;
  } else if (found.bulk_width > 0 && found.whole_width > kUselessRange * found.bulk_width) {
    useless_.Add(1, frames_, spec.name, found.whole_width / found.bulk_width);
  }
  LayerRanges ranges = config_.scope == RangeScope::kElement ? ElementRanges(layer, tensors, state.usual)
                                                             : MeasureRanges(tensors, config_, state.usual);
  const bool few = config_.scope != RangeScope::kElement && PopulationSize(spec, config_.scope) < kVeryFewValues;
  if (few && clipped_[layer]) {
    // So few values leave their ranges often: what the frames before needed is kept, where it is of a like size.
    for (size_t i = 0; i < ranges.lo.size(); ++i) {
      const float lo = std::min(ranges.lo[i], ranges_[layer].lo[i]), hi = std::max(ranges.hi[i], ranges_[layer].hi[i]);
      if (double(hi) - double(lo) > kLikeSize * (double(ranges.hi[i]) - double(ranges.lo[i]))) continue;
      ranges.lo[i] = lo;
      ranges.hi[i] = hi;
    }
  }
  state.for_clipping = clipped_[layer];
  state.measured_at = frames_;
  for (const Tensor* tensor : tensors) {
    const RangeFit fit = MeasureFit(*tensor, ranges, config_.scope, state.usual);
    state.variance += fit.variance / double(tensors.size());
    state.fresh_squared_width += fit.fresh_squared_width / double(tensors.size());
    state.last_squared_width = fit.fresh_squared_width;
  }
  ranges_[layer] = std::move(ranges);
  states_[layer] = state;
}

void RangeFollower::Measure(std::span<const FeatureFrame* const> frames) {
  for (size_t layer = 0; layer < layers_.size(); ++layer) {
    std::vector<const Tensor*> tensors;
    for (const FeatureFrame* frame : frames) tensors.push_back(&frame->layers[layer]);
    MeasureLayer(layer, tensors);
    clipped_[layer] = false;
  }
}

std::vector<std::vector<Outlier>> RangeFollower::Take(const FeatureFrame& frame) {
  std::vector<std::vector<Outlier>> outliers(layers_.size());
  for (size_t layer = 0; layer < layers_.size(); ++layer) {
    const Tensor& tensor = frame.layers[layer];
    const ValueInterval& usual = states_[layer].usual;
    if (config_.rule == RangeRule::kAuto) {
      const MinMax all = FindMinMaxFast(tensor.values());
      if (usual.Holds(all.lo) && usual.Holds(all.hi)) continue;
      outliers[layer] = FindOutliers(tensor, usual);
      const float largest = std::abs(all.lo) > std::abs(all.hi) ? all.lo : all.hi;
      outliers_.Add(int64_t(outliers[layer].size()), frames_, layers_[layer].name, largest);
    } else if (ClipsByDesign(config_.rule)) {
      const RangeFit fit = MeasureFit(tensor, ranges_[layer], config_.scope, {});
      if (Clips(fit, layers_[layer])) clips_.Add(fit.outside, frames_, layers_[layer].name, 0);
    }
  }
  ++frames_;
  return outliers;
}

Warnings RangeFollower::warnings() const {
  Warnings warnings;
  const auto where = [](const Seen& seen) {
    const std::string frames = seen.first_frame == seen.last_frame ? "frame " + std::to_string(seen.first_frame)
                                                                   : "frames " + std::to_string(seen.first_frame) +
                                                                         ".." + std::to_string(seen.last_frame);
    return "layer '" + seen.layer + "', " + frames;
  };
  const auto values_of_frames = [](const Seen& seen) {
    return std::to_string(seen.values) + (seen.values == 1 ? " value of " : " values of ") +
           std::to_string(seen.frames) + (seen.frames == 1 ? " frame" : " frames");
  };
  if (outliers_.frames > 0) {
    warnings.Set({"outlier-values",
                  values_of_frames(outliers_) + " far outside all others, up to " + ShortNumber(outliers_.size) +
                      ": sent apart, exactly",
                  where(outliers_), "look where they come from", outliers_.values});
  }
  if (useless_.frames > 0) {
    warnings.Set({"outlier-range",
                  "a few values make the range " + ShortNumber(useless_.size) +
                      " times as wide as all others need, and these coarse",
                  where(useless_), "set quantizer.rule to auto", useless_.frames});
  }
  if (clips_.frames > 0) {
    warnings.Set({"clipped-values", values_of_frames(clips_) + " clipped, which costs more than the QP does",
                  where(clips_), "set quantizer.rule to auto, or give a wider range", clips_.values});
  }
  return warnings;
}

}  // namespace fsc
