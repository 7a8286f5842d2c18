// quantizer_kernels.h: the inner loops of the tiled modes' quantiser, each as a plain twin and a vector twin.
//
// Every level rule is one affine map with clipping (float32, round to nearest, no fused multiply-add, in this order):
//   level  q = trunc(min(max((x - lo) * inverse_step + bias, 0), top)),  sample = inverted ? top - q : q
//   value  x' = min((q + half) * step + lo, hi),                         q = min(sample, top), inverted as above
// The twins give the same bits on every CPU: the plain ones are what docs/tiled-modes.md means.
#ifndef FSC_CODEC_TILED_QUANTIZER_KERNELS_H_
#define FSC_CODEC_TILED_QUANTIZER_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "fsc/plane.h"

namespace fsc {

// What all values of a layer share.
struct LevelRuleParameters {
  float bias = 0;      // 0 or 0.5
  float half = 0.5;    // 0 or 0.5
  uint16_t top = 255;  // N - 1
};

// One range [lo, hi] and its steps; inverse_step = step = 0 where lo == hi.
struct RangeSteps {
  float lo = 0;
  float hi = 0;
  float inverse_step = 0;
  float step = 0;
};

// The ranges of single elements: four arrays in the order of the plane's values. Borrowed.
struct ElementSteps {
  const float* lo = nullptr;
  const float* hi = nullptr;
  const float* inverse_step = nullptr;
  const float* step = nullptr;
};

struct MinMax {
  float lo = 0;
  float hi = 0;
};

// `values`: width x height of the view, rows adjacent. `values` and the view must not overlap.
void QuantizePlanePlain(const float* values, const RangeSteps& range, const LevelRuleParameters& rule, bool inverted,
                        PlaneView<uint16_t> samples);
void QuantizePlaneFast(const float* values, const RangeSteps& range, const LevelRuleParameters& rule, bool inverted,
                       PlaneView<uint16_t> samples);
void DequantizePlanePlain(PlaneView<const uint16_t> samples, const RangeSteps& range, const LevelRuleParameters& rule,
                          bool inverted, float* values);
void DequantizePlaneFast(PlaneView<const uint16_t> samples, const RangeSteps& range, const LevelRuleParameters& rule,
                         bool inverted, float* values);

// The same with a range for each element.
void QuantizeElementsPlain(const float* values, const ElementSteps& ranges, const LevelRuleParameters& rule,
                           bool inverted, PlaneView<uint16_t> samples);
void QuantizeElementsFast(const float* values, const ElementSteps& ranges, const LevelRuleParameters& rule,
                          bool inverted, PlaneView<uint16_t> samples);
void DequantizeElementsPlain(PlaneView<const uint16_t> samples, const ElementSteps& ranges,
                             const LevelRuleParameters& rule, bool inverted, float* values);
void DequantizeElementsFast(PlaneView<const uint16_t> samples, const ElementSteps& ranges,
                            const LevelRuleParameters& rule, bool inverted, float* values);

// Smallest and largest of at least one finite value; a zero is +0.
MinMax FindMinMaxPlain(std::span<const float> values);
MinMax FindMinMaxFast(std::span<const float> values);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_QUANTIZER_KERNELS_H_
