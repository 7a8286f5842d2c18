// transform.h: the 4 x 4 integer transform of residuals and the scale between coefficients and levels.
//
// The matrix is HEVC's 4-point approximation of the DCT (rows 64 64 64 64 / 83 36 -36 -83 / 64 -64 -64 64 / 36 -83 83
// -36). The inverse is part of the format (docs/latent-mode.md, "Residual"); the forward one is the encoder's
// business. Steps are in 1/16 plane unit. A layer's standard deviation is 2^sigma_log2 plane units.
#ifndef FSC_CODEC_LATENT_TRANSFORM_H_
#define FSC_CODEC_LATENT_TRANSFORM_H_

#include <array>
#include <cstdint>

#include "codec/latent/picture.h"

namespace fsc {

inline constexpr int kMaxSigmaLog2 = 12;
inline constexpr int kUnitQp = 45;  // the qp whose step is one standard deviation
inline constexpr int kMaxLevel = 32767;
// Recentring of levels 1 and above, in 1/64 step.
inline constexpr int kMaxRecentre = 31;

// Coefficients in the order in which they are coded: raster positions by rising frequency.
inline constexpr std::array<uint8_t, kBlockCoefficients> kScan = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

// round(16 * 2^(sigma_log2 + (qp - kUnitQp) / 6)), at least 1. qp 0..kMaxQp, sigma_log2 0..kMaxSigmaLog2.
int32_t StepQ4(int qp, int sigma_log2);

// How levels become coefficients: |c| = (64 |level| step + recentre[min(|level|, 2) - 1] step + 512) >> 10, limited to
// 2^18.
struct Dequantizer {
  int32_t step_q4 = 16;
  std::array<int8_t, 2> recentre = {0, 0};  // in 1/64 step, -kMaxRecentre..kMaxRecentre

  int32_t Coefficient(int level) const {
    if (level == 0) return 0;
    const int64_t magnitude = level < 0 ? -int64_t{level} : level;
    const int64_t scaled = ((64 * magnitude + recentre[magnitude > 1]) * step_q4 + 512) >> 10;
    const int32_t limited = int32_t(scaled < (1 << 18) ? scaled : (1 << 18));
    return level < 0 ? -limited : limited;
  }
};

using Block = std::array<int32_t, kBlockCoefficients>;  // raster

// residual[i] = inverse transform of `coefficients` (|c| <= 2^18): columns first, then rows, each (sum + 64) >> 7.
void InverseTransform(const Block& coefficients, Block* residual);
// Orthonormal coefficients of `residual` (|r| < 2^17) in 1/16 plane unit.
void ForwardTransformQ4(const Block& residual, Block* coefficients_q4);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_TRANSFORM_H_
