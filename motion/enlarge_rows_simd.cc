// The fast twins of enlarge_rows.h, compiled once per instruction set and chosen at run time by Highway.
#include <cstddef>
#include <cstdint>

#include "motion/enlarge_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "motion/enlarge_rows_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR || !HWY_HAVE_FLOAT64

void AcrossRowFast(const int16_t* cells, const AcrossTap* taps, int count, int32_t* out) {
  AcrossRowPlain(cells, taps, count, out);
}

void GreyRowFast(const SixRows& rows, const std::array<int16_t, kWarpTaps>& weights, const ToGrey& to_grey, int count,
                 uint8_t* out) {
  GreyRowPlain(rows, weights, to_grey, count, out);
}

#else

// Four pixels at a time, each from one vector of eight samples.
void AcrossRowFast(const int16_t* cells, const AcrossTap* taps, int count, int32_t* out) {
  const hn::FixedTag<int16_t, kAcrossReads> d16;
  const hn::FixedTag<int32_t, 4> d32;
  using V32 = hn::Vec<decltype(d32)>;
  // Four numbers that sum to the pixel's.
  const auto products = [&](const AcrossTap& tap) HWY_ATTR {
    V32 rest = hn::Zero(d32);
    const V32 sum = hn::ReorderWidenMulAccumulate(d32, hn::LoadU(d16, cells + tap.first),
                                                  hn::LoadU(d16, tap.weights.data()), hn::Zero(d32), rest);
    return hn::Add(sum, rest);
  };
  const auto add_halves = [&](V32 a, V32 b) HWY_ATTR {  // a0 + a2, b0 + b2, a1 + a3, b1 + b3
    return hn::Add(hn::InterleaveLower(d32, a, b), hn::InterleaveUpper(d32, a, b));
  };
  int x = 0;
  for (; x + 4 <= count; x += 4) {
    const V32 first = add_halves(products(taps[x]), products(taps[x + 1]));
    const V32 second = add_halves(products(taps[x + 2]), products(taps[x + 3]));
    hn::StoreU(hn::Add(hn::ConcatLowerLower(d32, second, first), hn::ConcatUpperUpper(d32, second, first)), d32,
               out + x);
  }
  AcrossRowPlain(cells, taps + x, count - x, out + x);
}

void GreyRowFast(const SixRows& rows, const std::array<int16_t, kWarpTaps>& weights, const ToGrey& to_grey, int count,
                 uint8_t* out) {
  const hn::ScalableTag<int32_t> d32;
  const hn::Half<decltype(d32)> half32;
  const hn::Rebind<double, decltype(half32)> d64;
  const hn::Rebind<uint8_t, decltype(d32)> d8;
  using V32 = hn::Vec<decltype(d32)>;
  using V64 = hn::Vec<decltype(d64)>;
  const int lanes = int(hn::Lanes(d32));

  V32 weight[kWarpTaps];
  for (int k = 0; k < kWarpTaps; ++k) weight[k] = hn::Set(d32, weights[k]);
  // The sums are not divided by 4096, the mean is multiplied and the scale divided by it instead: powers of two change
  // no rounding, and the ranges of ToGrey keep all of it far from underflow.
  const V64 mean = hn::Set(d64, to_grey.mean * 4096);
  const V64 scale = hn::Set(d64, to_grey.scale / 4096);
  const V64 middle = hn::Set(d64, 128.0);
  const V64 half = hn::Set(d64, 0.5);
  const V64 white = hn::Set(d64, 255.0);
  // Once clipped to 0..255 a level is rounded by adding a half and cutting off. The sum of level and half is exact
  // where it matters: a level below 1 is the exact difference of 128 and a number near 128, so a multiple of 2^-46, and
  // above 1 rounding cannot reach the next whole number.
  const auto grey = [&](hn::Vec<decltype(half32)> sum) HWY_ATTR {
    const V64 level = hn::Add(middle, hn::Mul(scale, hn::Sub(hn::PromoteTo(d64, sum), mean)));
    return hn::DemoteTo(half32, hn::Add(hn::Min(hn::Max(level, hn::Zero(d64)), white), half));
  };
  const auto pixels = [&](int x) HWY_ATTR {
    V32 even = hn::Mul(weight[0], hn::LoadU(d32, rows[0] + x));
    V32 odd = hn::Mul(weight[1], hn::LoadU(d32, rows[1] + x));
    for (int k = 2; k < kWarpTaps; k += 2) {
      even = hn::Add(even, hn::Mul(weight[k], hn::LoadU(d32, rows[k] + x)));
      odd = hn::Add(odd, hn::Mul(weight[k + 1], hn::LoadU(d32, rows[k + 1] + x)));
    }
    const V32 sum = hn::Add(even, odd);
    const V32 level = hn::Combine(d32, grey(hn::UpperHalf(half32, sum)), grey(hn::LowerHalf(half32, sum)));
    hn::StoreU(hn::DemoteTo(d8, level), d8, out + x);
  };
  if (count < lanes) {
    GreyRowPlain(rows, weights, to_grey, count, out);
    return;
  }
  for (int x = 0; x + lanes <= count; x += lanes) pixels(x);
  if (count % lanes != 0) pixels(count - lanes);  // some a second time
}

#endif  // HWY_TARGET == HWY_SCALAR || !HWY_HAVE_FLOAT64

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(AcrossRowFast);
HWY_EXPORT(GreyRowFast);

void AcrossRow(const int16_t* cells, const AcrossTap* taps, int count, int32_t* out) {
  HWY_DYNAMIC_DISPATCH(AcrossRowFast)(cells, taps, count, out);
}

void GreyRow(const SixRows& rows, const std::array<int16_t, kWarpTaps>& weights, const ToGrey& to_grey, int count,
             uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(GreyRowFast)(rows, weights, to_grey, count, out);
}

}  // namespace fsc
#endif
