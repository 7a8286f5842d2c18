// conv_kernels.h: the inner loop of a convolution, as a plain twin and a vector twin. The two agree to the bit, and so
// do all instruction sets: one multiplication and one addition per term, inputs in order and the taps of each in order,
// never fused.
#ifndef FSC_CODEC_PROFILE_CONV_KERNELS_H_
#define FSC_CODEC_PROFILE_CONV_KERNELS_H_

#include <cstddef>
#include <span>

namespace fsc {

inline constexpr int kConvRows = 4;  // outputs that are computed together

// out[r][i] = start[r] + sum over c, t of weights[c][t][r] * in[c][i + taps[t]], for r < rows and i < cells.
struct ConvBlock {
  const float* weights = nullptr;  // [inputs][taps.size()][kConvRows]
  const float* start = nullptr;    // [rows]
  int rows = 0;                    // 1..kConvRows
  int inputs = 0;
  std::span<const ptrdiff_t> taps;
  const float* in = nullptr;  // input c at in + c * in_stride; readable at every tap of every cell
  ptrdiff_t in_stride = 0;
  float* out = nullptr;  // row r at out + r * out_stride
  ptrdiff_t out_stride = 0;
  size_t cells = 0;
};
void Convolve(const ConvBlock& block);
void ConvolvePlain(const ConvBlock& block);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_CONV_KERNELS_H_
