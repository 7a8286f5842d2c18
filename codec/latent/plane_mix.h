// plane_mix.h: the inner loops that make channels of planes, each as a plain twin and a vector twin. The two agree to
// the bit, and so do all instruction sets: one multiplication and one addition per term, in the order of the planes,
// never fused.
#ifndef FSC_CODEC_LATENT_PLANE_MIX_H_
#define FSC_CODEC_LATENT_PLANE_MIX_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace fsc {

// out[r][i] = start[r] + sum over k of weights[r][k] * in[k][i], for i < cells. All sums are finite, and no start is
// -0: so cells of zeros add nothing, exactly, and may be left out.
struct PlaneMix {
  const float* weights = nullptr;  // [rows][planes]
  const float* start = nullptr;    // [rows]
  int rows = 0;
  int planes = 0;
  const int16_t* in = nullptr;  // plane k at in + k * in_stride
  size_t in_stride = 0;
  float* out = nullptr;  // row r at out + r * out_stride
  size_t out_stride = 0;
  size_t cells = 0;
};
void MixPlanes(const PlaneMix& mix);
void MixPlanesPlain(const PlaneMix& mix);

// out[i] = start + weight * in[i]
void ScaleRow(std::span<const int16_t> in, float start, float weight, float* out);
void ScaleRowPlain(std::span<const int16_t> in, float start, float weight, float* out);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_PLANE_MIX_H_
