#include "codec/tiled/range_meter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace fsc {
namespace {

using Population = std::span<const std::span<const float>>;  // the values that share a range, in pieces

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

WideRange MinMaxOf(Population population) {
  WideRange range;
  bool first = true;
  for (const auto values : population) {
    const MinMax part = FindMinMaxFast(values);
    range.lo = first ? part.lo : std::min(range.lo, double(part.lo));
    range.hi = first ? part.hi : std::max(range.hi, double(part.hi));
    first = false;
  }
  return range;
}

// Order-preserving map of floats to unsigned integers, and back.
uint32_t SortKey(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x + 0.0f);
  return bits ^ ((bits >> 31) != 0 ? 0xffffffffu : 0x80000000u);
}
float FromSortKey(uint32_t key) {
  return std::bit_cast<float>(key ^ ((key >> 31) != 0 ? 0x80000000u : 0xffffffffu));
}

// The value of rank `rank`, by two passes of counting, 16 bits of the key each.
class RankFinder {
 public:
  explicit RankFinder(Population population) : population_(population), counts_(1 << 16) {
    for (const auto values : population_) {
      for (const float x : values) ++counts_[SortKey(x) >> 16];
    }
  }

  float ValueAt(uint64_t rank) const {
    const uint32_t high = Descend(counts_, &rank);
    std::vector<uint32_t> low_counts(1 << 16);
    for (const auto values : population_) {
      for (const float x : values) {
        const uint32_t key = SortKey(x);
        if (key >> 16 == high) ++low_counts[key & 0xffff];
      }
    }
    return FromSortKey(high << 16 | Descend(low_counts, &rank));
  }

 private:
  // The bin that holds `rank`; `rank` becomes the rank inside it.
  static uint32_t Descend(const std::vector<uint32_t>& counts, uint64_t* rank) {
    uint32_t bin = 0;
    while (*rank >= counts[bin]) *rank -= counts[bin++];
    return bin;
  }

  Population population_;
  std::vector<uint32_t> counts_;
};

WideRange QuantilesOf(Population population, double percentile) {
  constexpr uint64_t kFewValues = 1 << 15;
  uint64_t count = 0;
  for (const auto values : population) count += values.size();
  const double below = percentile / 100 * double(count - 1);
  const uint64_t low_rank = uint64_t(below), high_rank = count - 1 - low_rank;
  if (count > kFewValues) {
    const RankFinder finder(population);
    return {finder.ValueAt(low_rank), finder.ValueAt(high_rank)};
  }
  std::vector<float> sorted;
  sorted.reserve(count);
  for (const auto values : population) sorted.insert(sorted.end(), values.begin(), values.end());
  std::nth_element(sorted.begin(), sorted.begin() + ptrdiff_t(low_rank), sorted.end());
  const float lo = sorted[low_rank];
  std::nth_element(sorted.begin(), sorted.begin() + ptrdiff_t(high_rank), sorted.end());
  return {lo, sorted[high_rank]};
}

WideRange RangeOf(Population population, const QuantizerConfig& config) {
  switch (config.rule) {
    case RangeRule::kMinMax:
      return MinMaxOf(population);
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
  constexpr double kLargestRange = 0x1p127, kLargestEnd = 0x1p126, kLargestFloat = 0x1.fffffep127;
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
                    LayerRanges* out) {
  std::vector<std::span<const float>> planes;
  for (const Tensor* frame : frames) planes.push_back(frame->plane(channel));
  const double n = double(planes.size());
  const double channel_variance = config.rule == RangeRule::kSigma ? MomentsOf(planes).variance : 0;
  double margin = 0;
  if (config.rule == RangeRule::kMinMax || config.rule == RangeRule::kPercentile) {
    const WideRange all = MinMaxOf(planes);
    margin = (all.hi - all.lo) / (2 * (n + 1));
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
      const WideRange range = RangeOf(one, config);
      Append({range.lo - margin, range.hi + margin}, out);
    }
  }
}

}  // namespace

LayerRanges MeasureRanges(std::span<const Tensor* const> frames, const QuantizerConfig& config) {
  LayerRanges ranges;
  if (config.scope == RangeScope::kLayer) {
    std::vector<std::span<const float>> all;
    for (const Tensor* frame : frames) all.push_back(frame->values());
    Append(RangeOf(all, config), &ranges);
    return ranges;
  }
  for (int channel = 0; channel < frames[0]->channels(); ++channel) {
    if (config.scope == RangeScope::kElement) {
      AppendElements(frames, channel, config, &ranges);
      continue;
    }
    std::vector<std::span<const float>> planes;
    for (const Tensor* frame : frames) planes.push_back(frame->plane(channel));
    Append(RangeOf(planes, config), &ranges);
  }
  return ranges;
}

}  // namespace fsc
