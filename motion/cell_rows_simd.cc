// The vector twins of motion/cell_rows.h, compiled once per instruction set and chosen at run time by Highway.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "motion/cell_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "motion/cell_rows_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

int64_t RowActivityFast(const int16_t* row, const int16_t* below, size_t count) {
  return RowActivityPlain(row, below, count);
}
void HalfRowFast(const SixBytes& in, size_t count, uint8_t* out) {
  HalfRowPlain(in, count, out);
}
uint32_t CellSadFast(const uint8_t* current, ptrdiff_t stride, const CellPlace& place) {
  return CellSadPlain(current, stride, place);
}

#else

// Sums of neighbouring products.
template <class D32, class V16>
HWY_INLINE hn::Vec<D32> PairSums(D32 d32, V16 a, V16 b) {
  auto rest = hn::Zero(d32);
  const auto sums = hn::ReorderWidenMulAccumulate(d32, a, b, hn::Zero(d32), rest);
  return hn::RearrangeToOddPlusEven(sums, rest);
}

// Of cells from *first on, as many as fill vectors; *first becomes the first one behind them.
template <class D16>
HWY_INLINE int64_t ActivityFrom(D16 d16, const int16_t* row, const int16_t* below, size_t count, size_t* first) {
  const hn::RepartitionToWide<D16> d32;
  const hn::RepartitionToWide<decltype(d32)> d64;
  const hn::Half<decltype(d32)> half;
  const size_t lanes = hn::Lanes(d16);
  const auto least = hn::Set(d16, int16_t{-32767});
  auto sum = hn::Zero(d64);
  size_t& x = *first;
  if (x + lanes > count) return 0;
  for (; x + lanes <= count; x += lanes) {
    const auto here = hn::LoadU(d16, row + x);
    for (const int16_t* other : {row + x + 1, below + x}) {
      const auto difference = hn::Max(hn::SaturatedSub(hn::LoadU(d16, other), here), least);
      const auto squares = PairSums(d32, difference, difference);
      sum = hn::Add(sum, hn::Add(hn::PromoteTo(d64, hn::LowerHalf(half, squares)),
                                 hn::PromoteTo(d64, hn::UpperHalf(half, squares))));
    }
  }
  return hn::GetLane(hn::SumOfLanes(d64, sum));
}

int64_t RowActivityFast(const int16_t* row, const int16_t* below, size_t count) {
  size_t x = 0;
  const int64_t most = ActivityFrom(hn::ScalableTag<int16_t>(), row, below, count, &x);
  const int64_t rest = ActivityFrom(hn::CappedTag<int16_t, 8>(), row, below, count, &x);
  return most + rest + RowActivityPlain(row + x, below + x, count - x);
}

void HalfRowFast(const SixBytes& in, size_t count, uint8_t* out) {
  const hn::ScalableTag<int16_t> d16;
  const hn::Rebind<uint8_t, decltype(d16)> d8;
  const size_t lanes = hn::Lanes(d16);
  size_t i = 0;
  // The middle alone is at most 39 * 510 = 19890, so 16 bits hold every sum.
  const auto load = [&](size_t k) HWY_ATTR { return hn::PromoteTo(d16, hn::LoadU(d8, in[k] + i)); };
  for (; i + lanes <= count; i += lanes) {
    const auto outer = hn::Add(load(0), load(5));
    const auto between = hn::Add(load(1), load(4));
    const auto middle = hn::Add(load(2), load(3));
    const auto sum =
        hn::Add(hn::Sub(hn::Mul(middle, hn::Set(d16, int16_t{39})), hn::Mul(between, hn::Set(d16, int16_t{9}))),
                hn::Add(outer, outer));
    hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<6>(hn::Add(sum, hn::Set(d16, int16_t{32})))), d8, out + i);
  }
  SixBytes rest = in;
  for (const uint8_t*& from : rest) from += i;
  HalfRowPlain(rest, count - i, out + i);
}

// At most 255 * 16 + 8 before the shift; 32 differences of at most 255.
uint32_t CellSadFast(const uint8_t* current, ptrdiff_t stride, const CellPlace& place) {
  const hn::CappedTag<uint16_t, 16> d16;
  const hn::Rebind<uint8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  using V = hn::Vec<decltype(d16)>;
  V weights[4];
  for (size_t k = 0; k < 4; ++k) weights[k] = hn::Set(d16, place.weights[k]);
  const V half = hn::Set(d16, 8);
  V sum = hn::Zero(d16);
  for (int y = 0; y < kLeafCells; ++y) {
    for (size_t i = 0; i < size_t{kLeafCells} * kCellPlanes; i += hn::MaxLanes(d16)) {
      const auto weighed = [&](size_t k) HWY_ATTR {
        return hn::Mul(hn::PromoteTo(d16, hn::LoadU(d8, place.at[k] + y * place.stride + i)), weights[k]);
      };
      const V all = hn::Add(hn::Add(weighed(0), weighed(1)), hn::Add(weighed(2), weighed(3)));
      const V sample = hn::ShiftRight<4>(hn::Add(all, half));
      const V wanted = hn::PromoteTo(d16, hn::LoadU(d8, current + y * stride + i));
      sum = hn::Add(sum, hn::Sub(hn::Max(sample, wanted), hn::Min(sample, wanted)));
    }
  }
  const auto wide = hn::BitCast(d32, sum);
  const auto pairs = hn::Add(hn::And(wide, hn::Set(d32, 0xFFFFu)), hn::ShiftRight<16>(wide));
  return hn::GetLane(hn::SumOfLanes(d32, pairs));
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(RowActivityFast);
HWY_EXPORT(HalfRowFast);
HWY_EXPORT(CellSadFast);

int64_t RowActivity(const int16_t* row, const int16_t* below, size_t count) {
  return HWY_DYNAMIC_DISPATCH(RowActivityFast)(row, below, count);
}

void HalfRow(const SixBytes& in, size_t count, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(HalfRowFast)(in, count, out);
}

CellSadFunction FastCellSad() {
  // The table's first entry chooses the instruction set and then calls; asked again, it is the chosen function itself.
  const uint8_t cells[2 * kLeafCells * kLeafCells * kCellPlanes] = {};
  HWY_DYNAMIC_DISPATCH(CellSadFast)(cells, 16, {{cells, cells, cells, cells}, 16, {16, 0, 0, 0}});
  return HWY_DYNAMIC_DISPATCH(CellSadFast);
}

}  // namespace fsc
#endif
