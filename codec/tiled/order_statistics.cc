#include "codec/tiled/order_statistics.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace fsc {
namespace {

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

}  // namespace

MinMax MinMaxOf(Population population) {
  MinMax range = FindMinMaxFast(population[0]);
  for (const auto values : population.subspan(1)) {
    const MinMax part = FindMinMaxFast(values);
    range.lo = std::min(range.lo, part.lo);
    range.hi = std::max(range.hi, part.hi);
  }
  return range;
}

MinMax ValuesAtRanks(Population population, uint64_t low_rank, uint64_t high_rank) {
  constexpr uint64_t kFew = 1 << 15;
  uint64_t count = 0;
  for (const auto values : population) count += values.size();
  if (count > kFew) {
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

}  // namespace fsc
