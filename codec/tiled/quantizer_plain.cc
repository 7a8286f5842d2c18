#include "codec/tiled/quantizer_kernels.h"
#include "codec/tiled/quantizer_scalar-inl.h"

namespace fsc {

void QuantizePlanePlain(const float* values, const RangeSteps& range, const LevelRuleParameters& rule, bool inverted,
                        PlaneView<uint16_t> samples) {
  const Polarity polarity = PolarityOf(inverted, rule.top);
  for (int y = 0; y < samples.height; ++y, values += samples.width) {
    uint16_t* row = samples.row(y);
    for (int x = 0; x < samples.width; ++x) {
      row[x] = QuantizeOne(values[x], range.lo, range.inverse_step, rule.bias, rule.top, polarity);
    }
  }
}

void DequantizePlanePlain(PlaneView<const uint16_t> samples, const RangeSteps& range, const LevelRuleParameters& rule,
                          bool inverted, float* values) {
  const Polarity polarity = PolarityOf(inverted, rule.top);
  for (int y = 0; y < samples.height; ++y, values += samples.width) {
    const uint16_t* row = samples.row(y);
    for (int x = 0; x < samples.width; ++x) {
      values[x] = DequantizeOne(row[x], range.lo, range.hi, range.step, rule.half, rule.top, polarity);
    }
  }
}

void QuantizeElementsPlain(const float* values, const ElementSteps& ranges, const LevelRuleParameters& rule,
                           bool inverted, PlaneView<uint16_t> samples) {
  const Polarity polarity = PolarityOf(inverted, rule.top);
  size_t i = 0;
  for (int y = 0; y < samples.height; ++y) {
    uint16_t* row = samples.row(y);
    for (int x = 0; x < samples.width; ++x, ++i) {
      row[x] = QuantizeOne(values[i], ranges.lo[i], ranges.inverse_step[i], rule.bias, rule.top, polarity);
    }
  }
}

void DequantizeElementsPlain(PlaneView<const uint16_t> samples, const ElementSteps& ranges,
                             const LevelRuleParameters& rule, bool inverted, float* values) {
  const Polarity polarity = PolarityOf(inverted, rule.top);
  size_t i = 0;
  for (int y = 0; y < samples.height; ++y) {
    const uint16_t* row = samples.row(y);
    for (int x = 0; x < samples.width; ++x, ++i) {
      values[i] = DequantizeOne(row[x], ranges.lo[i], ranges.hi[i], ranges.step[i], rule.half, rule.top, polarity);
    }
  }
}

MinMax FindMinMaxPlain(std::span<const float> values) {
  MinMax found{values[0], values[0]};
  for (const float x : values) {
    found.lo = x < found.lo ? x : found.lo;
    found.hi = x > found.hi ? x : found.hi;
  }
  return {found.lo + 0.0f, found.hi + 0.0f};
}

}  // namespace fsc
