// The vector twin of profile/conv_kernels.h, compiled once per instruction set and chosen at run time by Highway.
#include <cstddef>

#include "codec/profile/conv_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/profile/conv_kernels_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using DF = hn::ScalableTag<float>;

// kRows outputs times kVectors vectors of cells stay in registers over all inputs and taps.
template <int kRows, int kVectors>
HWY_INLINE void Tile(const ConvBlock& block, size_t cell) {
  const DF d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<DF> sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Set(d, block.start[r]);
  }
  const float* weight = block.weights;
  const float* plane = block.in + cell;
  for (int c = 0; c < block.inputs; ++c) {
    for (const ptrdiff_t tap : block.taps) {
      hn::Vec<DF> in[kVectors];
      for (int v = 0; v < kVectors; ++v) in[v] = hn::LoadU(d, plane + tap + v * ptrdiff_t(lanes));
      for (int r = 0; r < kRows; ++r) {
        const auto factor = hn::Set(d, weight[r]);
        for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Add(sum[r][v], hn::Mul(factor, in[v]));
      }
      weight += kConvRows;
    }
    plane += block.in_stride;
  }
  for (int r = 0; r < kRows; ++r) {
    float* out = block.out + r * block.out_stride + ptrdiff_t(cell);
    for (int v = 0; v < kVectors; ++v) hn::StoreU(sum[r][v], d, out + v * ptrdiff_t(lanes));
  }
}

template <int kRows>
HWY_INLINE void ConvolveRows(const ConvBlock& block) {
  const size_t lanes = hn::Lanes(DF());
  if (block.cells < lanes) return ConvolvePlain(block);
  size_t cell = 0;
  for (; cell + 3 * lanes <= block.cells; cell += 3 * lanes) Tile<kRows, 3>(block, cell);
  for (; cell + lanes <= block.cells; cell += lanes) Tile<kRows, 1>(block, cell);
  // The last vector again, as far back as it must begin.
  if (cell < block.cells) Tile<kRows, 1>(block, block.cells - lanes);
}

void ConvolveFast(const ConvBlock& block) {
  switch (block.rows) {
    case 1:
      return ConvolveRows<1>(block);
    case 2:
      return ConvolveRows<2>(block);
    case 3:
      return ConvolveRows<3>(block);
    default:
      return ConvolveRows<4>(block);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(ConvolveFast);

void Convolve(const ConvBlock& block) {
  HWY_DYNAMIC_DISPATCH(ConvolveFast)(block);
}

}  // namespace fsc
#endif
