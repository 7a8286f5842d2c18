// The fast twin of LeafSadPlain, compiled once per instruction set and chosen at run time by Highway.
#include <cstddef>
#include <cstdint>

#include "motion/leaf_sad.h"
#include "motion/motion_field.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "motion/leaf_sad_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

uint32_t LeafSad(const uint8_t* current, ptrdiff_t current_stride, const uint8_t* reference, ptrdiff_t reference_stride,
                 int fx, int fy) {
  return LeafSadPlain(current, current_stride, reference, reference_stride, fx, fy);
}

#else

uint32_t WholeSad(const uint8_t* current, ptrdiff_t current_stride, const uint8_t* reference,
                  ptrdiff_t reference_stride) {
  const hn::FixedTag<uint8_t, 16> d8;
  const hn::FixedTag<uint64_t, 2> d64;
  auto sum0 = hn::Zero(d64);
  auto sum1 = hn::Zero(d64);
  const auto row = [&](int y) HWY_ATTR {
    const auto a = hn::LoadU(d8, current + y * current_stride);
    const auto b = hn::LoadU(d8, reference + y * reference_stride);
    return hn::SumsOf8(hn::Sub(hn::Max(a, b), hn::Min(a, b)));
  };
  for (int y = 0; y < kMotionLeafPx; y += 2) {
    sum0 = hn::Add(sum0, row(y));
    sum1 = hn::Add(sum1, row(y + 1));
  }
  const auto sum = hn::Add(sum0, sum1);
  return uint32_t(hn::GetLane(hn::SumOfLanes(d64, sum)));
}

// Quarters in x, in y, or both. Sixteen-bit sums: at most 255 * 16.
template <bool kX, bool kY>
uint32_t BetweenSad(const uint8_t* current, ptrdiff_t current_stride, const uint8_t* reference,
                    ptrdiff_t reference_stride, int fx, int fy) {
  const hn::CappedTag<uint16_t, 16> d16;
  const hn::Rebind<uint8_t, decltype(d16)> d8;
  using V = hn::Vec<decltype(d16)>;
  const V left_weight = hn::Set(d16, uint16_t(4 - fx));
  const V right_weight = hn::Set(d16, uint16_t(fx));
  const V upper_weight = hn::Set(d16, uint16_t(4 - fy));
  const V lower_weight = hn::Set(d16, uint16_t(fy));
  constexpr int kShift = kX && kY ? 4 : 2;
  const V half = hn::Set(d16, uint16_t(1 << (kShift - 1)));
  V sum = hn::Zero(d16);
  for (int x = 0; x < kMotionLeafPx; x += int(hn::MaxLanes(d16))) {
    const auto across = [&](int y) HWY_ATTR {
      const uint8_t* from = reference + y * reference_stride + x;
      const V left = hn::PromoteTo(d16, hn::LoadU(d8, from));
      if constexpr (!kX) return left;
      const V right = hn::PromoteTo(d16, hn::LoadU(d8, from + 1));
      return hn::Add(hn::Mul(left, left_weight), hn::Mul(right, right_weight));
    };
    V upper = kY ? across(0) : hn::Zero(d16);
    for (int y = 0; y < kMotionLeafPx; ++y) {
      V sample;
      if constexpr (kY) {
        const V lower = across(y + 1);
        sample = hn::Add(hn::Mul(upper, upper_weight), hn::Mul(lower, lower_weight));
        upper = lower;
      } else {
        sample = across(y);
      }
      sample = hn::ShiftRight<kShift>(hn::Add(sample, half));
      const V wanted = hn::PromoteTo(d16, hn::LoadU(d8, current + y * current_stride + x));
      sum = hn::Add(sum, hn::Sub(hn::Max(sample, wanted), hn::Min(sample, wanted)));
    }
  }
  const hn::RepartitionToWide<decltype(d16)> d32;
  const auto wide = hn::BitCast(d32, sum);
  const auto pairs = hn::Add(hn::And(wide, hn::Set(d32, 0xFFFFu)), hn::ShiftRight<16>(wide));
  return hn::GetLane(hn::SumOfLanes(d32, pairs));
}

uint32_t LeafSad(const uint8_t* current, ptrdiff_t current_stride, const uint8_t* reference, ptrdiff_t reference_stride,
                 int fx, int fy) {
  if (fx == 0 && fy == 0) return WholeSad(current, current_stride, reference, reference_stride);
  if (fy == 0) return BetweenSad<true, false>(current, current_stride, reference, reference_stride, fx, fy);
  if (fx == 0) return BetweenSad<false, true>(current, current_stride, reference, reference_stride, fx, fy);
  return BetweenSad<true, true>(current, current_stride, reference, reference_stride, fx, fy);
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(LeafSad);

LeafSadFunction FastLeafSad() {
  // The table's first entry chooses the instruction set and then calls; asked again, it is the chosen function itself.
  const uint8_t leaf[kMotionLeafPx * kMotionLeafPx] = {};
  HWY_DYNAMIC_DISPATCH(LeafSad)(leaf, kMotionLeafPx, leaf, kMotionLeafPx, 0, 0);
  return HWY_DYNAMIC_DISPATCH(LeafSad);
}

}  // namespace fsc
#endif
