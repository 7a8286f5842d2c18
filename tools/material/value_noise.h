// value_noise.h: smooth random fields: hashed values on an integer lattice, blended with a cubic, summed over octaves.
#ifndef FSC_TOOLS_MATERIAL_VALUE_NOISE_H_
#define FSC_TOOLS_MATERIAL_VALUE_NOISE_H_

#include <cstdint>

namespace fsc::material {

// 0..1, smooth, one independent value per unit. |u|, |v| < 1e6.
float ValueNoise(float u, float v, uint32_t seed);
// One-dimensional, for things that change with time; -1..1.
float DriftNoise(float time, uint32_t seed);

// Sum of `octaves` fields, each twice as fine and half as strong as the one before; mean about 0, range about -1..1.
// Octaves finer than `footprint` (what a pixel covers, in units of u and v) fade out: a distant texture does not
// sparkle.
float FractalNoise(float u, float v, int octaves, float footprint, uint32_t seed);

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_VALUE_NOISE_H_
