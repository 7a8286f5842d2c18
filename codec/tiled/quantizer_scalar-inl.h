// quantizer_scalar-inl.h: the arithmetic of one element, shared by the plain kernels and by the ends of rows of the
// vector kernels. Included by tiled/quantizer_plain.cc and tiled/quantizer_simd.cc only.
#ifndef FSC_CODEC_TILED_QUANTIZER_SCALAR_INL_H_
#define FSC_CODEC_TILED_QUANTIZER_SCALAR_INL_H_

#include "codec/tiled/quantizer_kernels.h"

namespace fsc {

// top - q as (q ^ mask) + add modulo 2^16, so that both polarities take the same path.
struct Polarity {
  uint16_t mask = 0;
  uint16_t add = 0;
};

inline Polarity PolarityOf(bool inverted, uint16_t top) {
  return inverted ? Polarity{0xffff, uint16_t(top + 1u)} : Polarity{};
}

inline uint16_t QuantizeOne(float x, float lo, float inverse_step, float bias, float top, Polarity polarity) {
  float t = (x - lo) * inverse_step + bias;
  t = t > 0.0f ? t : 0.0f;  // NaN (infinity times zero) becomes 0
  t = t < top ? t : top;
  return uint16_t((uint16_t(int32_t(t)) ^ polarity.mask) + polarity.add);
}

inline float DequantizeOne(uint16_t sample, float lo, float hi, float step, float half, uint16_t top,
                           Polarity polarity) {
  const uint16_t clipped = sample < top ? sample : top;
  const uint16_t q = uint16_t((clipped ^ polarity.mask) + polarity.add);
  const float x = (float(q) + half) * step + lo;
  return x < hi ? x : hi;
}

}  // namespace fsc

#endif  // FSC_CODEC_TILED_QUANTIZER_SCALAR_INL_H_
