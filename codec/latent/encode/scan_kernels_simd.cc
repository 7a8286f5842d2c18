// The vector twin of latent/encode/scan_kernels.h, compiled once per instruction set and chosen at run time by Highway.
#include <cstddef>

#include "codec/latent/encode/scan_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/latent/encode/scan_kernels_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

void ScanRowFast(const float* row, size_t count, float* block_sums, RowScan* scan) {
  ScanRowPlain({row, count}, block_sums, scan);
}

#else

// Sums of half of the places, in registers.
struct HalfPlaces {
  static constexpr size_t kPlaces = RowScan::kPlaces / 2;
  using D64 = hn::CappedTag<double, kPlaces>;
  using Narrow = hn::Rebind<float, D64>;
  static constexpr size_t kLanes = hn::MaxLanes(D64());
  static constexpr size_t kVectors = kPlaces / kLanes;
  hn::Vec<D64> sums[kVectors];

  HWY_INLINE void Load(const double* from) {
    for (size_t v = 0; v < kVectors; ++v) sums[v] = hn::LoadU(D64(), from + v * kLanes);
  }
  HWY_INLINE void Store(double* to) const {
    for (size_t v = 0; v < kVectors; ++v) hn::StoreU(sums[v], D64(), to + v * kLanes);
  }
  HWY_INLINE void Add(const float* values) {
    for (size_t v = 0; v < kVectors; ++v) {
      sums[v] = hn::Add(sums[v], hn::PromoteTo(D64(), hn::LoadU(Narrow(), values + v * kLanes)));
    }
  }
  HWY_INLINE void AddSquares(const float* values) {
    for (size_t v = 0; v < kVectors; ++v) {
      const auto x = hn::PromoteTo(D64(), hn::LoadU(Narrow(), values + v * kLanes));
      sums[v] = hn::Add(sums[v], hn::Mul(x, x));
    }
  }
};

// A step is half as many blocks as there are places.
void ScanRowFast(const float* row, size_t count, float* block_sums, RowScan* scan) {
  constexpr size_t kHalf = HalfPlaces::kPlaces;
  constexpr size_t kCells = 4 * kHalf;
  const hn::FixedTag<float, kHalf> d32;
  using V32 = hn::Vec<decltype(d32)>;
  HalfPlaces sums[2];
  HalfPlaces squares[2];
  for (size_t half = 0; half < 2; ++half) {
    sums[half].Load(scan->sums.data() + half * kHalf);
    squares[half].Load(scan->squares.data() + half * kHalf);
  }
  V32 lowest = hn::Set(d32, scan->lowest);
  V32 highest = hn::Set(d32, scan->highest);
  HWY_ALIGN float of_blocks[kHalf];
  const auto step = [&](size_t i, size_t half) HWY_ATTR {
    V32 c0, c1, c2, c3;
    hn::LoadInterleaved4(d32, row + i, c0, c1, c2, c3);
    const V32 sum = hn::Add(hn::Add(hn::Add(hn::Add(hn::Zero(d32), c0), c1), c2), c3);
    hn::Store(sum, d32, of_blocks);
    float* to = block_sums + i / 4;
    hn::StoreU(hn::Add(hn::LoadU(d32, to), sum), d32, to);
    lowest = hn::Min(lowest, hn::Min(hn::Min(c0, c1), hn::Min(c2, c3)));
    highest = hn::Max(highest, hn::Max(hn::Max(c0, c1), hn::Max(c2, c3)));
    sums[half].Add(of_blocks);
    for (size_t at = 0; at < kCells; at += kHalf) squares[at / kHalf % 2].AddSquares(row + i + at);
  };
  size_t i = 0;
  for (; i + 2 * kCells <= count; i += 2 * kCells) {
    step(i, 0);
    step(i + kCells, 1);
  }
  // The rest of the row begins with the first place again.
  for (size_t half = 0; half < 2; ++half) {
    sums[half].Store(scan->sums.data() + half * kHalf);
    squares[half].Store(scan->squares.data() + half * kHalf);
  }
  scan->lowest = hn::GetLane(hn::MinOfLanes(d32, lowest));
  scan->highest = hn::GetLane(hn::MaxOfLanes(d32, highest));
  ScanRowPlain({row + i, count - i}, block_sums + i / 4, scan);
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(ScanRowFast);

void ScanRow(std::span<const float> row, float* block_sums, RowScan* scan) {
  HWY_DYNAMIC_DISPATCH(ScanRowFast)(row.data(), row.size(), block_sums, scan);
}

}  // namespace fsc
#endif
