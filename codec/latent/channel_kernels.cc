#include "codec/latent/channel_kernels.h"

#include <cmath>

namespace fsc {

void MixRowsPlain(const RowMix& mix) {
  for (int r = 0; r < mix.rows; ++r) {
    const float* weights = mix.weights + r * mix.weight_stride;
    float* out = mix.out + r * mix.out_stride;
    for (size_t i = 0; i < mix.cells; ++i) out[i] = mix.start[r];
    for (size_t c = 0; c < mix.columns.size(); ++c) {
      const float weight = weights[mix.columns[c]];
      const float* in = mix.in + c * mix.cells;
      for (size_t i = 0; i < mix.cells; ++i) out[i] += weight * in[i];
    }
  }
}

void QuantiseRowPlain(std::span<const float> in, float offset, float scale, int16_t* out) {
  for (size_t i = 0; i < in.size(); ++i) {
    const float value = (in[i] - offset) * scale;
    out[i] = int16_t(std::nearbyintf(value < -32767.0f ? -32767.0f : (value > 32767.0f ? 32767.0f : value)));
  }
}

}  // namespace fsc
