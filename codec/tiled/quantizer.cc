#include "codec/tiled/quantizer.h"

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

constexpr double kSmallestRange =
    0x1p-100;  // below it the inverse step would overflow: such a range is taken as this wide

}  // namespace

int64_t RangeCount(const LayerSpec& layer, RangeScope scope) {
  switch (scope) {
    case RangeScope::kLayer:
      return 1;
    case RangeScope::kChannel:
      return layer.channels;
    case RangeScope::kElement:
      break;
  }
  return layer.elements();
}

int LevelsOf(const QuantizerConfig& config) {
  return config.levels == 0 ? 1 << config.bits : config.levels;
}

Status CheckQuantizerConfig(const QuantizerConfig& config) {
  if (config.bits < 1 || config.bits > 16) {
    return Usage(std::to_string(config.bits) + " bits a sample are outside 1..16", "quantizer.bits",
                 "video modes take 8, 10 or 12");
  }
  const int levels = LevelsOf(config);
  if (levels < 2 || levels > 1 << config.bits) {
    return Usage(std::to_string(levels) + " levels do not fit samples of " + std::to_string(config.bits) + " bits",
                 "quantizer.levels", "give 2.." + std::to_string(1 << config.bits) + " levels, or more bits");
  }
  if (config.rule == RangeRule::kSigma && !(config.sigma_width > 0 && config.sigma_width <= 1000)) {
    return Usage("the width of a sigma range must be above 0 and at most 1000", "quantizer.sigma_width");
  }
  if (config.rule == RangeRule::kPercentile && !(config.percentile >= 0 && config.percentile < 50)) {
    return Usage("the percentile must be at least 0 and below 50", "quantizer.percentile");
  }
  if (config.rule == RangeRule::kFixed) {
    const bool in_float = std::isfinite(float(config.fixed_lo)) && std::isfinite(float(config.fixed_hi));
    if (!in_float || !(config.fixed_lo <= config.fixed_hi) || config.fixed_hi - config.fixed_lo > kLargestRange) {
      return Usage("the fixed range must be finite with lo <= hi", "quantizer.fixed_lo");
    }
  }
  return {};
}

LayerQuantizer::LayerQuantizer(const LayerSpec& layer, int levels, LevelRule rule, RangeScope scope)
    : plane_elements_(layer.plane_elements()),
      ranges_(RangeCount(layer, scope)),
      levels_(levels),
      scope_(scope),
      steps_per_range_(rule == LevelRule::kCentre ? levels : levels - 1) {
  rule_.bias = rule == LevelRule::kQLayer ? 0.5f : 0.0f;
  rule_.half = rule == LevelRule::kCentre ? 0.5f : 0.0f;
  rule_.top = uint16_t(levels - 1);
}

RangeSteps LayerQuantizer::StepsOf(float lo, float hi) const {
  RangeSteps steps{lo, hi, 0, 0};
  if (lo == hi) return steps;
  const double width = std::max(double(hi) - double(lo), kSmallestRange);
  steps.inverse_step = float(steps_per_range_ / width);
  steps.step = float(width / steps_per_range_);
  return steps;
}

Status LayerQuantizer::SetRanges(const LayerRanges& ranges, const std::string& where) {
  if (int64_t(ranges.lo.size()) != ranges_ || int64_t(ranges.hi.size()) != ranges_) {
    return BadInput("wrong number of quantiser ranges", where, "the stream is damaged");
  }
  for (size_t i = 0; i < ranges.lo.size(); ++i) {
    const float lo = ranges.lo[i], hi = ranges.hi[i];
    if (!std::isfinite(lo) || !std::isfinite(hi) || lo > hi || double(hi) - double(lo) > kLargestRange) {
      return BadInput("impossible quantiser range", where + ", range " + std::to_string(i), "the stream is damaged");
    }
  }
  const bool elements = scope_ == RangeScope::kElement;
  if (elements) {
    lo_ = ranges.lo;
    hi_ = ranges.hi;
    inverse_.resize(lo_.size());
    step_.resize(lo_.size());
  } else {
    steps_.resize(ranges.lo.size());
  }
  for (size_t i = 0; i < ranges.lo.size(); ++i) {
    const RangeSteps steps = StepsOf(ranges.lo[i], ranges.hi[i]);
    if (elements) {
      inverse_[i] = steps.inverse_step;
      step_[i] = steps.step;
    } else {
      steps_[i] = steps;
    }
  }
  return {};
}

ElementSteps LayerQuantizer::ElementsOf(int channel) const {
  const size_t start = size_t(channel) * size_t(plane_elements_);
  return {&lo_[start], &hi_[start], &inverse_[start], &step_[start]};
}

void LayerQuantizer::QuantizePlane(int channel, std::span<const float> values, bool inverted,
                                   PlaneView<uint16_t> samples) const {
  if (scope_ == RangeScope::kElement) {
    QuantizeElementsFast(values.data(), ElementsOf(channel), rule_, inverted, samples);
  } else {
    QuantizePlaneFast(values.data(), steps_[scope_ == RangeScope::kLayer ? 0 : size_t(channel)], rule_, inverted,
                      samples);
  }
}

void LayerQuantizer::DequantizePlane(int channel, PlaneView<const uint16_t> samples, bool inverted,
                                     std::span<float> values) const {
  if (scope_ == RangeScope::kElement) {
    DequantizeElementsFast(samples, ElementsOf(channel), rule_, inverted, values.data());
  } else {
    DequantizePlaneFast(samples, steps_[scope_ == RangeScope::kLayer ? 0 : size_t(channel)], rule_, inverted,
                        values.data());
  }
}

}  // namespace fsc
