// channel_kernels.h: the inner loops of the channel transform, each as a plain twin and a vector twin. The two agree to
// the bit, and so do all instruction sets: one multiplication and one addition per term, in the order of the columns,
// never fused.
#ifndef FSC_CODEC_LATENT_CHANNEL_KERNELS_H_
#define FSC_CODEC_LATENT_CHANNEL_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace fsc {

// out[r][i] = start[r] + sum over c of weights[r][columns[c]] * in[c][i], for i < cells.
struct RowMix {
  const float* weights = nullptr;  // [rows][weight_stride]
  size_t weight_stride = 0;
  std::span<const int> columns;  // of the weights, one per row of `in`
  const float* start = nullptr;  // [rows]
  int rows = 0;
  const float* in = nullptr;  // [columns.size()][cells]
  float* out = nullptr;       // row r at out + r * out_stride
  size_t out_stride = 0;
  size_t cells = 0;
};
void MixRows(const RowMix& mix);
void MixRowsPlain(const RowMix& mix);

// out[i] = (in[i] - offset) * scale to the nearest integer, halves to even, within +-32767.
void QuantiseRow(std::span<const float> in, float offset, float scale, int16_t* out);
void QuantiseRowPlain(std::span<const float> in, float offset, float scale, int16_t* out);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_CHANNEL_KERNELS_H_
