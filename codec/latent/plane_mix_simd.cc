// The vector twins of latent/plane_mix.h, compiled once per instruction set and chosen at run time by Highway.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "codec/latent/plane_mix.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/latent/plane_mix_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using DF = hn::CappedTag<float, 16>;
using VF = hn::Vec<DF>;

// Cells and planes that are worked on together: as floats they stay in the first cache while all rows use them.
constexpr size_t kTileCells = 64;
constexpr int kTilePlanes = 64;
// Rows times vectors of sums stay in registers over all planes of a tile.
constexpr int kTileRows = 4;
constexpr int kVectors = hn::MaxLanes(DF()) >= 16 ? 4 : 2;

HWY_INLINE VF LoadCells(const int16_t* in) {
  const DF d;
  const hn::RebindToSigned<DF> d32;
  const hn::Rebind<int16_t, DF> d16;
  return hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d16, in)));
}

// The cells of some planes as floats, those planes left out that are all zero here.
struct Tile {
  HWY_ALIGN float cells[kTilePlanes][kTileCells];
  int plane[kTilePlanes];
  int planes = 0;

  // `count` cells of plane k; what is behind them is set to zero.
  HWY_INLINE void Add(int k, const int16_t* in, size_t count) {
    const hn::CappedTag<int16_t, 32> d16;
    HWY_ALIGN int16_t padded[kTileCells] = {};
    if (count < kTileCells) {
      std::memcpy(padded, in, count * sizeof(int16_t));
      in = padded;
    }
    auto any = hn::LoadU(d16, in);
    for (size_t i = hn::Lanes(d16); i < kTileCells; i += hn::Lanes(d16)) any = hn::Or(any, hn::LoadU(d16, in + i));
    if (hn::AllTrue(d16, hn::Eq(any, hn::Zero(d16)))) return;
    const DF d;
    for (size_t i = 0; i < kTileCells; i += hn::Lanes(d)) hn::Store(LoadCells(in + i), d, cells[planes] + i);
    plane[planes++] = k;
  }
};

// `sums`: [row][kTileCells] or the output itself, at `stride`.
template <int kRows>
HWY_INLINE void AddTile(const Tile& tile, const float* weights, int weight_stride, float* sums, size_t stride) {
  const DF d;
  const size_t lanes = hn::Lanes(d);
  for (size_t cell = 0; cell < kTileCells; cell += kVectors * lanes) {
    VF sum[kRows][kVectors];
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::LoadU(d, sums + size_t(r) * stride + cell + size_t(v) * lanes);
    }
    for (int p = 0; p < tile.planes; ++p) {
      const float* in = tile.cells[p] + cell;
      VF cells[kVectors];
      for (int v = 0; v < kVectors; ++v) cells[v] = hn::Load(d, in + size_t(v) * lanes);
      const float* weight = weights + tile.plane[p];
      for (int r = 0; r < kRows; ++r) {
        const VF w = hn::Set(d, weight[ptrdiff_t(r) * weight_stride]);
        for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Add(sum[r][v], hn::Mul(w, cells[v]));
      }
    }
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < kVectors; ++v) hn::StoreU(sum[r][v], d, sums + size_t(r) * stride + cell + size_t(v) * lanes);
    }
  }
}

template <int kRows>
HWY_INLINE void MixTileRows(const PlaneMix& mix, const Tile& tile, int row, size_t begin, size_t count, bool first) {
  const float* weights = mix.weights + size_t(row) * size_t(mix.planes);
  float* out = mix.out + size_t(row) * mix.out_stride + begin;
  if (count == kTileCells) {
    for (int r = 0; r < kRows && first; ++r) {
      std::fill_n(out + size_t(r) * mix.out_stride, kTileCells, mix.start[row + r]);
    }
    AddTile<kRows>(tile, weights, mix.planes, out, mix.out_stride);
    return;
  }
  HWY_ALIGN float sums[kRows][kTileCells] = {};
  for (int r = 0; r < kRows; ++r) {
    if (first) {
      std::fill_n(sums[r], count, mix.start[row + r]);
    } else {
      std::copy_n(out + size_t(r) * mix.out_stride, count, sums[r]);
    }
  }
  AddTile<kRows>(tile, weights, mix.planes, sums[0], kTileCells);
  for (int r = 0; r < kRows; ++r) std::copy_n(sums[r], count, out + size_t(r) * mix.out_stride);
}

void MixPlanesFast(const PlaneMix& mix) {
  Tile tile;
  for (size_t begin = 0; begin < mix.cells; begin += kTileCells) {
    const size_t count = std::min(kTileCells, mix.cells - begin);
    int k = 0;
    do {
      const bool first = k == 0;
      tile.planes = 0;
      for (; k < mix.planes && tile.planes < kTilePlanes; ++k) {
        tile.Add(k, mix.in + size_t(k) * mix.in_stride + begin, count);
      }
      int row = 0;
      for (; row + kTileRows <= mix.rows; row += kTileRows) {
        MixTileRows<kTileRows>(mix, tile, row, begin, count, first);
      }
      for (; row < mix.rows; ++row) MixTileRows<1>(mix, tile, row, begin, count, first);
    } while (k < mix.planes);
  }
}

void ScaleRowFast(const int16_t* in, size_t count, float start, float weight, float* out) {
  const DF d;
  const size_t lanes = hn::Lanes(d);
  const VF vector_start = hn::Set(d, start);
  const VF vector_weight = hn::Set(d, weight);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Add(vector_start, hn::Mul(vector_weight, LoadCells(in + i))), d, out + i);
  }
  for (; i < count; ++i) out[i] = start + weight * float(in[i]);
}

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(MixPlanesFast);
HWY_EXPORT(ScaleRowFast);

void MixPlanes(const PlaneMix& mix) {
  HWY_DYNAMIC_DISPATCH(MixPlanesFast)(mix);
}

void ScaleRow(std::span<const int16_t> in, float start, float weight, float* out) {
  HWY_DYNAMIC_DISPATCH(ScaleRowFast)(in.data(), in.size(), start, weight, out);
}

}  // namespace fsc
#endif
