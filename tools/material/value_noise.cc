#include "tools/material/value_noise.h"

#include "tools/material/exact_math.h"

namespace fsc::material {

float ValueNoise(float u, float v, uint32_t seed) {
  const float u0 = std::floor(u);
  const float v0 = std::floor(v);
  const int32_t i = int32_t(u0);
  const int32_t j = int32_t(v0);
  const float a = u - u0;
  const float b = v - v0;
  const float s = a * a * (3.0f - 2.0f * a);
  const float t = b * b * (3.0f - 2.0f * b);
  const float top = Mix(UnitFromBits(HashOf(i, j, seed)), UnitFromBits(HashOf(i + 1, j, seed)), s);
  const float bottom = Mix(UnitFromBits(HashOf(i, j + 1, seed)), UnitFromBits(HashOf(i + 1, j + 1, seed)), s);
  return Mix(top, bottom, t);
}

float DriftNoise(float time, uint32_t seed) {
  return 2.0f * ValueNoise(time, 0.5f, seed) - 1.0f;
}

float FractalNoise(float u, float v, int octaves, float footprint, uint32_t seed) {
  float sum = 0;
  float strength = 0.5f;
  float frequency = 1;
  for (int octave = 0; octave < octaves; ++octave) {
    const float visible = Clamp(1.5f - 1.5f * footprint * frequency, 0.0f, 1.0f);
    if (visible <= 0) break;
    sum += visible * strength * (2.0f * ValueNoise(u * frequency, v * frequency, seed + uint32_t(octave)) - 1.0f);
    strength *= 0.5f;
    frequency *= 2.0f;
  }
  return 2.0f * sum;
}

}  // namespace fsc::material
