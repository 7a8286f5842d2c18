#include "codec/latent/plane_mix.h"

namespace fsc {

void MixPlanesPlain(const PlaneMix& mix) {
  for (int r = 0; r < mix.rows; ++r) {
    float* out = mix.out + size_t(r) * mix.out_stride;
    for (size_t i = 0; i < mix.cells; ++i) out[i] = mix.start[r];
    for (int k = 0; k < mix.planes; ++k) {
      const float weight = mix.weights[size_t(r) * size_t(mix.planes) + size_t(k)];
      const int16_t* in = mix.in + size_t(k) * mix.in_stride;
      for (size_t i = 0; i < mix.cells; ++i) out[i] += weight * float(in[i]);
    }
  }
}

void ScaleRowPlain(std::span<const int16_t> in, float start, float weight, float* out) {
  for (size_t i = 0; i < in.size(); ++i) out[i] = start + weight * float(in[i]);
}

}  // namespace fsc
