#include "codec/tiled/range_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "codec/tiled/order_statistics.h"

namespace fsc {
namespace {

constexpr uint64_t kFewOutliers = 4;
constexpr uint64_t kValuesPerOutlier = 10000;
constexpr double kFarWidths = 4;

// Sums in eight interleaved lanes: the order is the same on every CPU.
class Sums {
 public:
  Sums(double origin, const ValueInterval& usual) : origin_(origin), usual_(usual) {}

  void Add(size_t lane, float x, float lo, float hi) {
    const float cut = std::clamp(x, usual_.lo, usual_.hi);
    const double d = double(cut) - origin_;
    sums_[lane] += d;
    squares_[lane] += d * d;
    const double clipped = double(cut) - double(std::clamp(cut, lo, hi));
    clipped_[lane] += cut == x ? clipped * clipped : 0.0;
    outside_[lane] += x < lo || x > hi ? 1 : 0;
    outliers_[lane] += cut == x ? 0 : 1;
  }

  void AddTo(RangeFit* fit, double count) const {
    double sum = 0, squares = 0;
    for (size_t k = 0; k < kLanes; ++k) {
      sum += sums_[k];
      squares += squares_[k];
      fit->clipped_energy += clipped_[k] / count;
      fit->outside += outside_[k];
      fit->outliers += outliers_[k];
    }
    const double mean = sum / count;
    fit->variance = std::max(0.0, squares / count - mean * mean);
  }

  static constexpr size_t kLanes = 8;

 private:
  double origin_;
  ValueInterval usual_;
  std::array<double, kLanes> sums_{}, squares_{}, clipped_{};
  std::array<int64_t, kLanes> outside_{}, outliers_{};
};

double SquaredWidth(double lo, double hi) {
  return (hi - lo) * (hi - lo);
}

}  // namespace

UsualValues FindUsualValues(std::span<const Tensor* const> frames) {
  UsualValues result;
  std::vector<std::span<const float>> population;
  uint64_t count = 0;
  for (const Tensor* frame : frames) {
    population.push_back(frame->values());
    count += frame->size();
  }
  const MinMax whole = MinMaxOf(population);
  result.whole_width = double(whole.hi) - double(whole.lo);
  if (int64_t(count) < kFewValues || whole.lo == whole.hi) return result;
  const uint64_t k = std::max(kFewOutliers, count / kValuesPerOutlier);
  const MinMax bulk = ValuesAtRanks(population, k, count - 1 - k);
  result.bulk_width = double(bulk.hi) - double(bulk.lo);
  if (result.bulk_width <= 0) return result;
  constexpr double kLargest = std::numeric_limits<float>::max();
  result.usual.lo = float(std::max(-kLargest, double(bulk.lo) - kFarWidths * result.bulk_width));
  result.usual.hi = float(std::min(kLargest, double(bulk.hi) + kFarWidths * result.bulk_width));
  return result;
}

MinMax UsualMinMax(std::span<const std::span<const float>> values, const ValueInterval& usual) {
  const MinMax all = MinMaxOf(values);
  if (usual.Holds(all.lo) && usual.Holds(all.hi)) return all;
  MinMax kept{usual.hi, usual.lo};
  for (const auto piece : values) {
    for (const float x : piece) {
      if (!usual.Holds(x)) continue;
      kept.lo = std::min(kept.lo, x);
      kept.hi = std::max(kept.hi, x);
    }
  }
  if (kept.lo <= kept.hi) return kept;
  const float end = std::clamp(all.lo, usual.lo, usual.hi);
  return {end, end};
}

RangeFit MeasureFit(const Tensor& tensor, const LayerRanges& ranges, RangeScope scope, const ValueInterval& usual) {
  RangeFit fit;
  Sums sums(std::clamp(tensor.values()[0], usual.lo, usual.hi), usual);
  const double count = double(tensor.size());
  const auto add_fresh = [&](std::span<const float> values) {
    const std::span<const float> one[] = {values};
    const MinMax own = UsualMinMax(one, usual);
    fit.fresh_squared_width += double(values.size()) / count * SquaredWidth(own.lo, own.hi);
  };
  if (scope == RangeScope::kLayer) add_fresh(tensor.values());
  for (int channel = 0; channel < tensor.channels(); ++channel) {
    const auto values = tensor.plane(channel);
    if (scope == RangeScope::kChannel) add_fresh(values);
    if (scope == RangeScope::kElement) {
      const size_t start = size_t(channel) * values.size();
      for (size_t i = 0; i < values.size(); ++i) {
        sums.Add(i % Sums::kLanes, values[i], ranges.lo[start + i], ranges.hi[start + i]);
      }
      continue;
    }
    const size_t range = scope == RangeScope::kLayer ? 0 : size_t(channel);
    for (size_t i = 0; i < values.size(); ++i) {
      sums.Add(i % Sums::kLanes, values[i], ranges.lo[range], ranges.hi[range]);
    }
  }
  for (size_t i = 0; i < ranges.lo.size(); ++i) fit.squared_width += SquaredWidth(ranges.lo[i], ranges.hi[i]);
  fit.squared_width /= double(ranges.lo.size());
  sums.AddTo(&fit, count);
  return fit;
}

}  // namespace fsc
