#include "codec/profile/conv_kernels.h"

namespace fsc {

void ConvolvePlain(const ConvBlock& block) {
  for (int r = 0; r < block.rows; ++r) {
    for (size_t i = 0; i < block.cells; ++i) {
      float sum = block.start[r];
      const float* weight = block.weights + r;
      for (int c = 0; c < block.inputs; ++c) {
        const float* in = block.in + c * block.in_stride + i;
        for (const ptrdiff_t tap : block.taps) {
          sum += *weight * in[tap];
          weight += kConvRows;
        }
      }
      block.out[r * block.out_stride + ptrdiff_t(i)] = sum;
    }
  }
}

}  // namespace fsc
