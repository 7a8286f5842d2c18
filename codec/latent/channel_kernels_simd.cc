// The vector twins of latent/channel_kernels.h, compiled once per instruction set and chosen at run time by Highway.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "codec/latent/channel_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/latent/channel_kernels_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using DF = hn::ScalableTag<float>;

// kRows rows times two vectors of cells stay in registers over all columns.
template <int kRows>
HWY_INLINE void MixTile(const RowMix& mix, int row, size_t cell) {
  const DF d;
  const size_t lanes = hn::Lanes(d);
  hn::Vec<DF> low[kRows];
  hn::Vec<DF> high[kRows];
  for (int r = 0; r < kRows; ++r) low[r] = high[r] = hn::Set(d, mix.start[row + r]);
  const float* weights = mix.weights + row * mix.weight_stride;
  const float* in = mix.in + cell;
  for (const int column : mix.columns) {
    const auto a = hn::LoadU(d, in);
    const auto b = hn::LoadU(d, in + lanes);
    for (int r = 0; r < kRows; ++r) {
      const auto weight = hn::Set(d, weights[r * mix.weight_stride + column]);
      low[r] = hn::Add(low[r], hn::Mul(weight, a));
      high[r] = hn::Add(high[r], hn::Mul(weight, b));
    }
    in += mix.cells;
  }
  for (int r = 0; r < kRows; ++r) {
    float* out = mix.out + (row + r) * mix.out_stride + cell;
    hn::StoreU(low[r], d, out);
    hn::StoreU(high[r], d, out + lanes);
  }
}

void MixRowsFast(const RowMix& mix) {
  const size_t step = 2 * hn::Lanes(DF());
  size_t cell = 0;
  for (; cell + step <= mix.cells; cell += step) {
    int row = 0;
    for (; row + 4 <= mix.rows; row += 4) MixTile<4>(mix, row, cell);
    for (; row < mix.rows; ++row) MixTile<1>(mix, row, cell);
  }
  for (int row = 0; row < mix.rows; ++row) {
    for (size_t i = cell; i < mix.cells; ++i) {
      float sum = mix.start[row];
      for (size_t c = 0; c < mix.columns.size(); ++c) {
        sum += mix.weights[row * mix.weight_stride + mix.columns[c]] * mix.in[c * mix.cells + i];
      }
      mix.out[row * mix.out_stride + i] = sum;
    }
  }
}

void QuantiseRowFast(const float* in, size_t count, float offset, float scale, int16_t* out) {
  const DF d;
  const hn::Rebind<int16_t, DF> d16;
  const size_t lanes = hn::Lanes(d);
  const auto limit = hn::Set(d, 32767.0f);
  const auto vector_offset = hn::Set(d, offset);
  const auto vector_scale = hn::Set(d, scale);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto value = hn::Mul(hn::Sub(hn::LoadU(d, in + i), vector_offset), vector_scale);
    const auto limited = hn::Min(hn::Max(value, hn::Neg(limit)), limit);
    hn::StoreU(hn::DemoteTo(d16, hn::NearestInt(limited)), d16, out + i);
  }
  if (i < count) QuantiseRowPlain({in + i, count - i}, offset, scale, out + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(MixRowsFast);
HWY_EXPORT(QuantiseRowFast);

void MixRows(const RowMix& mix) {
  HWY_DYNAMIC_DISPATCH(MixRowsFast)(mix);
}

void QuantiseRow(std::span<const float> in, float offset, float scale, int16_t* out) {
  HWY_DYNAMIC_DISPATCH(QuantiseRowFast)(in.data(), in.size(), offset, scale, out);
}

}  // namespace fsc
#endif
