// large_transform.h: the 8 x 8 and 16 x 16 integer transforms of residuals.
//
// HEVC's approximations of the DCT: the even half of each is the transform of half the length. Coefficients are
// orthonormal, in plane units after the inverse. The inverse is part of the format (docs/latent-mode.md, "Residual");
// the forward one is the encoder's business. Arrays are raster, cells * cells.
#ifndef FSC_CODEC_LATENT_LARGE_TRANSFORM_H_
#define FSC_CODEC_LATENT_LARGE_TRANSFORM_H_

#include <array>
#include <cstdint>

namespace fsc {

inline constexpr int kMaxTransformCells = 16;
using LargeBlock = std::array<int32_t, kMaxTransformCells * kMaxTransformCells>;

// `cells`: 8 or 16. residual = inverse of `coefficients` (|c| <= 2^18): columns first, then rows.
void InverseLargeTransform(int cells, const LargeBlock& coefficients, LargeBlock* residual);
// Orthonormal coefficients of `residual` (|r| < 2^17) in 1/16 plane unit.
void ForwardLargeTransformQ4(int cells, const LargeBlock& residual, LargeBlock* coefficients_q4);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_LARGE_TRANSFORM_H_
