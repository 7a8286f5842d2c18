// The vector twins of tiled/quantizer_plain.cc, compiled for every instruction set that Highway knows and chosen at run
// time.
#include "codec/tiled/quantizer_kernels.h"
#include "codec/tiled/quantizer_scalar-inl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/tiled/quantizer_simd.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace fsc::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The ranges seen by one row: one for all elements, or one each.
struct SharedRange {
  RangeSteps range;
  template <class D>
  hn::Vec<D> Lo(D d, size_t) const {
    return hn::Set(d, range.lo);
  }
  template <class D>
  hn::Vec<D> Hi(D d, size_t) const {
    return hn::Set(d, range.hi);
  }
  template <class D>
  hn::Vec<D> InverseStep(D d, size_t) const {
    return hn::Set(d, range.inverse_step);
  }
  template <class D>
  hn::Vec<D> Step(D d, size_t) const {
    return hn::Set(d, range.step);
  }
  RangeSteps One(size_t) const { return range; }
};

struct OwnRanges {
  ElementSteps ranges;
  template <class D>
  hn::Vec<D> Lo(D d, size_t i) const {
    return hn::LoadU(d, ranges.lo + i);
  }
  template <class D>
  hn::Vec<D> Hi(D d, size_t i) const {
    return hn::LoadU(d, ranges.hi + i);
  }
  template <class D>
  hn::Vec<D> InverseStep(D d, size_t i) const {
    return hn::LoadU(d, ranges.inverse_step + i);
  }
  template <class D>
  hn::Vec<D> Step(D d, size_t i) const {
    return hn::LoadU(d, ranges.step + i);
  }
  RangeSteps One(size_t i) const { return {ranges.lo[i], ranges.hi[i], ranges.inverse_step[i], ranges.step[i]}; }
};

template <class D, class Ranges>
HWY_INLINE void QuantizeVector(D d, const float* values, const Ranges& ranges, size_t i,
                               const LevelRuleParameters& rule, Polarity polarity, uint16_t* out) {
  const hn::RebindToSigned<D> di;
  const hn::Rebind<uint16_t, D> du;
  const auto top = hn::Set(d, float(rule.top));
  auto t =
      hn::Add(hn::Mul(hn::Sub(hn::LoadU(d, values), ranges.Lo(d, i)), ranges.InverseStep(d, i)), hn::Set(d, rule.bias));
  t = hn::IfThenElseZero(hn::Gt(t, hn::Zero(d)), t);
  t = hn::IfThenElse(hn::Lt(t, top), t, top);
  const auto q = hn::DemoteTo(du, hn::ConvertTo(di, t));
  hn::StoreU(hn::Add(hn::Xor(q, hn::Set(du, polarity.mask)), hn::Set(du, polarity.add)), du, out);
}

template <class D, class Ranges>
HWY_INLINE void DequantizeVector(D d, const uint16_t* samples, const Ranges& ranges, size_t i,
                                 const LevelRuleParameters& rule, Polarity polarity, float* out) {
  const hn::RebindToSigned<D> di;
  const hn::Rebind<uint16_t, D> du;
  const auto clipped = hn::Min(hn::LoadU(du, samples), hn::Set(du, rule.top));
  const auto q = hn::Add(hn::Xor(clipped, hn::Set(du, polarity.mask)), hn::Set(du, polarity.add));
  const auto level = hn::ConvertTo(d, hn::PromoteTo(di, q));
  const auto hi = ranges.Hi(d, i);
  const auto x = hn::Add(hn::Mul(hn::Add(level, hn::Set(d, rule.half)), ranges.Step(d, i)), ranges.Lo(d, i));
  hn::StoreU(hn::IfThenElse(hn::Lt(x, hi), x, hi), d, out);
}

// Calls `vector(tag, x)` over a row of `width`: whole vectors, then one that ends with the row and overlaps its
// predecessor (each element's result depends on itself alone), or `scalar(x)` where the row is shorter than the
// shortest vector.
template <class Vector, class Scalar>
HWY_INLINE void ForRow(size_t width, const Vector& vector, const Scalar& scalar) {
  const hn::CappedTag<float, 16> d;
  const hn::CappedTag<float, 4> d4;
  const size_t lanes = hn::Lanes(d), lanes4 = hn::Lanes(d4);
  if (width >= lanes) {
    size_t x = 0;
    for (; x + lanes <= width; x += lanes) vector(d, x);
    if (x < width) vector(d, width - lanes);
  } else if (width >= lanes4) {
    size_t x = 0;
    for (; x + lanes4 <= width; x += lanes4) vector(d4, x);
    if (x < width) vector(d4, width - lanes4);
  } else {
    for (size_t x = 0; x < width; ++x) scalar(x);
  }
}

template <class Ranges>
HWY_INLINE void QuantizeRows(const float* HWY_RESTRICT values, const Ranges& ranges, const LevelRuleParameters& rule,
                             bool inverted, PlaneView<uint16_t> samples) {
  const Polarity polarity = PolarityOf(inverted, rule.top);
  const size_t width = size_t(samples.width);
  for (int y = 0; y < samples.height; ++y) {
    const size_t start = size_t(y) * width;
    uint16_t* HWY_RESTRICT row = samples.row(y);
    ForRow(
        width,
        [&](auto d, size_t x)
            HWY_ATTR { QuantizeVector(d, values + start + x, ranges, start + x, rule, polarity, row + x); },
        [&](size_t x) HWY_ATTR {
          const RangeSteps range = ranges.One(start + x);
          row[x] = QuantizeOne(values[start + x], range.lo, range.inverse_step, rule.bias, rule.top, polarity);
        });
  }
}

template <class Ranges>
HWY_INLINE void DequantizeRows(PlaneView<const uint16_t> samples, const Ranges& ranges, const LevelRuleParameters& rule,
                               bool inverted, float* HWY_RESTRICT values) {
  const Polarity polarity = PolarityOf(inverted, rule.top);
  const size_t width = size_t(samples.width);
  for (int y = 0; y < samples.height; ++y) {
    const size_t start = size_t(y) * width;
    const uint16_t* HWY_RESTRICT row = samples.row(y);
    ForRow(
        width,
        [&](auto d, size_t x)
            HWY_ATTR { DequantizeVector(d, row + x, ranges, start + x, rule, polarity, values + start + x); },
        [&](size_t x) HWY_ATTR {
          const RangeSteps range = ranges.One(start + x);
          values[start + x] = DequantizeOne(row[x], range.lo, range.hi, range.step, rule.half, rule.top, polarity);
        });
  }
}

void QuantizePlane(const float* values, const RangeSteps& range, const LevelRuleParameters& rule, bool inverted,
                   PlaneView<uint16_t> samples) {
  QuantizeRows(values, SharedRange{range}, rule, inverted, samples);
}

void DequantizePlane(PlaneView<const uint16_t> samples, const RangeSteps& range, const LevelRuleParameters& rule,
                     bool inverted, float* values) {
  DequantizeRows(samples, SharedRange{range}, rule, inverted, values);
}

void QuantizeElements(const float* values, const ElementSteps& ranges, const LevelRuleParameters& rule, bool inverted,
                      PlaneView<uint16_t> samples) {
  QuantizeRows(values, OwnRanges{ranges}, rule, inverted, samples);
}

void DequantizeElements(PlaneView<const uint16_t> samples, const ElementSteps& ranges, const LevelRuleParameters& rule,
                        bool inverted, float* values) {
  DequantizeRows(samples, OwnRanges{ranges}, rule, inverted, values);
}

MinMax FindMinMax(std::span<const float> values) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  if (values.size() < 2 * lanes) return FindMinMaxPlain(values);
  const float* p = values.data();
  auto lo0 = hn::LoadU(d, p), lo1 = lo0, hi0 = lo0, hi1 = lo0;
  size_t i = 0;
  for (; i + 2 * lanes <= values.size(); i += 2 * lanes) {
    const auto a = hn::LoadU(d, p + i), b = hn::LoadU(d, p + i + lanes);
    lo0 = hn::Min(lo0, a);
    hi0 = hn::Max(hi0, a);
    lo1 = hn::Min(lo1, b);
    hi1 = hn::Max(hi1, b);
  }
  for (const size_t at : {values.size() - 2 * lanes, values.size() - lanes}) {  // overlaps what is done: harmless here
    const auto a = hn::LoadU(d, p + at);
    lo0 = hn::Min(lo0, a);
    hi0 = hn::Max(hi0, a);
  }
  return {hn::GetLane(hn::MinOfLanes(d, hn::Min(lo0, lo1))) + 0.0f,
          hn::GetLane(hn::MaxOfLanes(d, hn::Max(hi0, hi1))) + 0.0f};
}

}  // namespace fsc::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(QuantizePlane);
HWY_EXPORT(DequantizePlane);
HWY_EXPORT(QuantizeElements);
HWY_EXPORT(DequantizeElements);
HWY_EXPORT(FindMinMax);

void QuantizePlaneFast(const float* values, const RangeSteps& range, const LevelRuleParameters& rule, bool inverted,
                       PlaneView<uint16_t> samples) {
  HWY_DYNAMIC_DISPATCH(QuantizePlane)(values, range, rule, inverted, samples);
}

void DequantizePlaneFast(PlaneView<const uint16_t> samples, const RangeSteps& range, const LevelRuleParameters& rule,
                         bool inverted, float* values) {
  HWY_DYNAMIC_DISPATCH(DequantizePlane)(samples, range, rule, inverted, values);
}

void QuantizeElementsFast(const float* values, const ElementSteps& ranges, const LevelRuleParameters& rule,
                          bool inverted, PlaneView<uint16_t> samples) {
  HWY_DYNAMIC_DISPATCH(QuantizeElements)(values, ranges, rule, inverted, samples);
}

void DequantizeElementsFast(PlaneView<const uint16_t> samples, const ElementSteps& ranges,
                            const LevelRuleParameters& rule, bool inverted, float* values) {
  HWY_DYNAMIC_DISPATCH(DequantizeElements)(samples, ranges, rule, inverted, values);
}

MinMax FindMinMaxFast(std::span<const float> values) {
  return HWY_DYNAMIC_DISPATCH(FindMinMax)(values);
}

}  // namespace fsc
#endif  // HWY_ONCE
