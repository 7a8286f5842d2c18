// The vector twins of latent/predict_rows.h, compiled once per instruction set and chosen at run time by Highway.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "codec/latent/predict_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/latent/predict_rows_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<int16_t>;
using V = hn::Vec<D>;

// (v gain + 8) >> 4 is (v (gain 2^11) + 2^14) >> 15, which one instruction computes for gains below the unit.
HWY_INLINE V Factor(int gain) {
  return hn::Set(D(), int16_t(gain << 11));
}

// With the sign bit flipped, signed order is unsigned order, and the unsigned rounding average is what is wanted.
HWY_INLINE V Mean(V a, V b) {
  const D d;
  const hn::RebindToUnsigned<D> du;
  const auto flip = hn::Set(du, 0x8000);
  const auto mean = hn::AverageRound(hn::Xor(hn::BitCast(du, a), flip), hn::Xor(hn::BitCast(du, b), flip));
  return hn::BitCast(d, hn::Xor(mean, flip));
}

// `count` is at least a vector: the last one begins where it ends with the row.
template <bool kScales>
HWY_INLINE void Blend(const RowBlend& blend, int16_t* out, size_t count) {
  const D d;
  const size_t lanes = hn::Lanes(d);
  const V factor = Factor(kScales ? blend.gain : 0);
  const V take_second = hn::Set(d, kPickSecond);
  const V take_first = hn::Set(d, kPickFirst);
  for (size_t next = 0; next < count; next += lanes) {
    const size_t i = std::min(next, count - lanes);
    const V a = hn::LoadU(d, blend.first + i);
    const V b = hn::LoadU(d, blend.second + i);
    const V pick = hn::LoadU(d, blend.pick + i);
    V p = hn::IfThenElse(hn::Eq(pick, take_second), b, Mean(a, b));
    p = hn::IfThenElse(hn::Eq(pick, take_first), a, p);
    if constexpr (kScales) p = hn::MulFixedPoint15(p, factor);
    hn::StoreU(p, d, out + i);
  }
}

void BlendRowFast(const RowBlend& blend, int16_t* out, size_t count) {
  if (count < hn::Lanes(D())) {
    BlendRowPlain(blend, {out, count});
  } else {
    blend.gain == kGainUnit ? Blend<false>(blend, out, count) : Blend<true>(blend, out, count);
  }
}

void ScaleByGainFast(int gain, int16_t* values, size_t count) {
  if (gain == kGainUnit) return;
  const D d;
  const size_t lanes = hn::Lanes(d);
  const V factor = Factor(gain);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::MulFixedPoint15(hn::LoadU(d, values + i), factor), d, values + i);
  }
  ScaleByGainPlain(gain, {values + i, count - i});
}

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(BlendRowFast);
HWY_EXPORT(ScaleByGainFast);

void BlendRow(const RowBlend& blend, std::span<int16_t> out) {
  HWY_DYNAMIC_DISPATCH(BlendRowFast)(blend, out.data(), out.size());
}

void ScaleByGain(int gain, std::span<int16_t> values) {
  HWY_DYNAMIC_DISPATCH(ScaleByGainFast)(gain, values.data(), values.size());
}

}  // namespace fsc
#endif
