#include "codec/tiled/range_meter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "codec/tiled/order_statistics.h"

namespace fsc {
namespace {

// A range while it is measured.
struct WideRange {
  double lo = 0;
  double hi = 0;
};

struct Moments {
  double mean = 0;
  double variance = 0;
};

// Sums about the first value in eight interleaved lanes: cancellation is harmless, and the order is the same on every
// CPU.
Moments MomentsOf(Population population) {
  constexpr size_t kLanes = 8;
  const double origin = population[0][0];
  std::array<double, kLanes> sums{}, squares{};
  size_t count = 0;
  for (const auto values : population) {
    size_t i = 0;
    for (; i + kLanes <= values.size(); i += kLanes) {
      for (size_t k = 0; k < kLanes; ++k) {
        const double x = values[i + k] - origin;
        sums[k] += x;
        squares[k] += x * x;
      }
    }
    for (; i < values.size(); ++i) {
      const double x = values[i] - origin;
      sums[0] += x;
      squares[0] += x * x;
    }
    count += values.size();
  }
  double sum = 0, square = 0;
  for (size_t k = 0; k < kLanes; ++k) {
    sum += sums[k];
    square += squares[k];
  }
  const double mean = sum / double(count);
  return {origin + mean, std::max(0.0, square / double(count) - mean * mean)};
}

WideRange QuantilesOf(Population population, double percentile) {
  uint64_t count = 0;
  for (const auto values : population) count += values.size();
  const double below = percentile / 100 * double(count - 1);
  const MinMax range = ValuesAtRanks(population, uint64_t(below), count - 1 - uint64_t(below));
  return {range.lo, range.hi};
}

// The range of the values that share it. `around`: the width of the ranges' surroundings, which few values lean on.
WideRange RangeOf(Population population, const QuantizerConfig& config, const ValueInterval& usual, double around) {
  switch (config.rule) {
    case RangeRule::kAuto: {
      const MinMax own = UsualMinMax(population, usual);
      uint64_t count = 0;
      for (const auto values : population) count += values.size();
      const double margin = int64_t(count) < kFewValues ? around / (2 * std::sqrt(double(count + 1))) : 0;
      return {own.lo - margin, own.hi + margin};
    }
    case RangeRule::kMinMax: {
      const MinMax all = MinMaxOf(population);
      return {all.lo, all.hi};
    }
    case RangeRule::kPercentile:
      return QuantilesOf(population, config.percentile);
    case RangeRule::kFixed:
      return {config.fixed_lo, config.fixed_hi};
    case RangeRule::kSigma:
      break;
  }
  const Moments moments = MomentsOf(population);
  const double width = config.sigma_width * std::sqrt(moments.variance);
  return {moments.mean - width, moments.mean + width};
}

void Append(WideRange range, LayerRanges* out) {
  constexpr double kLargestEnd = 0x1p126, kLargestFloat = 0x1.fffffep127;
  if (range.hi - range.lo > kLargestRange) {
    range.lo = std::clamp(range.lo, -kLargestEnd, kLargestEnd);
    range.hi = std::clamp(range.hi, -kLargestEnd, kLargestEnd);
  }
  const float lo = float(std::clamp(range.lo, -kLargestFloat, kLargestFloat));
  const float hi = float(std::clamp(range.hi, -kLargestFloat, kLargestFloat));
  out->lo.push_back(lo + 0.0f);
  out->hi.push_back(std::max(lo, hi) + 0.0f);
}

// The ranges of one channel's elements.
void AppendElements(std::span<const Tensor* const> frames, int channel, const QuantizerConfig& config,
                    const ValueInterval& usual, ElementMargin element_margin, LayerRanges* out) {
  std::vector<std::span<const float>> planes;
  for (const Tensor* frame : frames) planes.push_back(frame->plane(channel));
  const double n = double(planes.size());
  const double channel_variance = config.rule == RangeRule::kSigma ? MomentsOf(planes).variance : 0;
  double margin = 0;
  if (config.rule != RangeRule::kSigma && config.rule != RangeRule::kFixed) {
    const MinMax own = UsualMinMax(planes, usual);
    const double width = double(own.hi) - double(own.lo);
    margin = element_margin == ElementMargin::kWide ? width / 2 : width / (2 * (n + 1));
  }
  std::vector<float> values(planes.size());
  const std::span<const float> one[] = {values};
  for (size_t i = 0; i < planes[0].size(); ++i) {
    for (size_t k = 0; k < planes.size(); ++k) values[k] = planes[k][i];
    if (config.rule == RangeRule::kSigma) {
      const Moments moments = MomentsOf(one);
      const double width = config.sigma_width * std::sqrt((n * moments.variance + channel_variance) / (n + 1));
      Append({moments.mean - width, moments.mean + width}, out);
    } else {
      const WideRange range = RangeOf(one, config, usual, 0);
      Append({range.lo - margin, range.hi + margin}, out);
    }
  }
}

}  // namespace

LayerRanges MeasureRanges(std::span<const Tensor* const> frames, const QuantizerConfig& config,
                          const ValueInterval& usual, ElementMargin margin) {
  LayerRanges ranges;
  std::vector<std::span<const float>> all;
  for (const Tensor* frame : frames) all.push_back(frame->values());
  const MinMax own = UsualMinMax(all, usual);
  const double magnitude = std::max(std::abs(double(own.lo)), std::abs(double(own.hi)));
  // A layer of equal values stays exact, unless it has but one: that says nothing of others.
  const bool one_value = frames.size() * frames[0]->size() == 1;
  if (config.scope == RangeScope::kLayer) {
    Append(RangeOf(all, config, usual, own.lo == own.hi && !one_value ? 0 : magnitude), &ranges);
    return ranges;
  }
  const double layer_width = one_value ? magnitude : double(own.hi) - double(own.lo);
  for (int channel = 0; channel < frames[0]->channels(); ++channel) {
    if (config.scope == RangeScope::kElement) {
      AppendElements(frames, channel, config, usual, margin, &ranges);
      continue;
    }
    std::vector<std::span<const float>> planes;
    for (const Tensor* frame : frames) planes.push_back(frame->plane(channel));
    Append(RangeOf(planes, config, usual, layer_width), &ranges);
  }
  return ranges;
}

}  // namespace fsc
