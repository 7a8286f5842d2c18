// half_float.h: IEEE 754 binary16 values as bits, in plain integer arithmetic: the same on every machine.
#ifndef FSC_CORE_HALF_FLOAT_H_
#define FSC_CORE_HALF_FLOAT_H_

#include <bit>
#include <cstdint>

namespace fsc {

// Rounds to nearest, ties to even. Finite values beyond 65504 become +-65504 and not Inf: a feature that saturates is a
// small error, while an Inf could not be encoded again. Inf stays Inf and NaN stays NaN.
inline uint16_t HalfFromFloat(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = uint16_t(bits >> 16 & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x477ff000) {  // 65520: the first that would round to Inf
    if (magnitude > 0x7f800000) return uint16_t(sign | 0x7e00);
    return uint16_t(sign | (magnitude == 0x7f800000 ? 0x7c00 : 0x7bff));
  }
  if (magnitude < 0x38800000) {  // below 2^-14: a subnormal, in units of 2^-24, which is what adding 0.5 rounds to
    return uint16_t(sign | (std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000));
  }
  const uint32_t odd = magnitude >> 13 & 1;
  return uint16_t(sign | ((magnitude - 0x38000000 + 0xfff + odd) >> 13));
}

// Exact.
inline float FloatFromHalf(uint16_t half) {
  const uint32_t sign = uint32_t(half & 0x8000) << 16;
  const uint32_t exponent = half >> 10 & 31;
  const uint32_t mantissa = half & 0x3ff;
  if (exponent == 0) return std::bit_cast<float>(std::bit_cast<uint32_t>(float(mantissa) * 0x1p-24f) | sign);
  const uint32_t rebiased = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | rebiased << 23 | mantissa << 13);
}

}  // namespace fsc

#endif  // FSC_CORE_HALF_FLOAT_H_
