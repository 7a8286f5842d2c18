// The vector twin of latent/add_blocks.h, compiled once per instruction set and chosen at run time by Highway. A vector
// is a row of a block.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/latent/add_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/latent/add_blocks_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef FSC_CODEC_LATENT_ADD_BLOCKS_SIMD_TABLES_
#define FSC_CODEC_LATENT_ADD_BLOCKS_SIMD_TABLES_
namespace fsc {

// Bytes of half of the levels that go to half of the raster: [raster half][level half]; 128 = from the other half.
inline constexpr auto kRasterBytes = [] {
  std::array<std::array<std::array<uint8_t, 16>, 2>, 2> bytes{};
  for (auto& raster : bytes) {
    for (auto& levels : raster) levels.fill(128);
  }
  for (int i = 0; i < kBlockCoefficients; ++i) {
    const int to = kScan[i];
    for (int byte = 0; byte < 2; ++byte) bytes[to / 8][i / 8][2 * (to % 8) + byte] = uint8_t(2 * (i % 8) + byte);
  }
  return bytes;
}();

}  // namespace fsc
#endif

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

void AddBlocksFast(const Dequantizer& dequantizer, const AddedBlock* blocks, size_t count, ptrdiff_t stride) {
  AddBlocksPlain(dequantizer, {blocks, count}, stride);
}

#else

using D32 = hn::FixedTag<int32_t, 4>;
using D16 = hn::FixedTag<int16_t, 8>;
using D16Half = hn::FixedTag<int16_t, 4>;
using V32 = hn::Vec<D32>;
using V16 = hn::Vec<D16>;

constexpr int32_t kMostCoefficient = 1 << 18;

// What fits 32 bits all the way.
struct Scale {
  explicit HWY_INLINE Scale(const Dequantizer& dequantizer)
      : step(hn::Set(D32(), dequantizer.step_q4)),
        recentre_one(hn::Set(D32(), dequantizer.recentre[0])),
        recentre_more(hn::Set(D32(), dequantizer.recentre[1])),
        most_level((INT32_MAX - 512) / dequantizer.step_q4 / 64 - 1) {}

  HWY_INLINE V32 Coefficients(V32 levels) const {
    const D32 d;
    const V32 magnitude = hn::Abs(levels);
    const V32 recentre = hn::IfThenElse(hn::Gt(magnitude, hn::Set(d, 1)), recentre_more, recentre_one);
    V32 scaled = hn::Mul(hn::Add(hn::ShiftLeft<6>(magnitude), recentre), step);
    scaled = hn::ShiftRight<10>(hn::Add(scaled, hn::Set(d, 512)));
    scaled = hn::Min(scaled, hn::Set(d, kMostCoefficient));
    scaled = hn::IfThenElse(hn::Lt(levels, hn::Zero(d)), hn::Neg(scaled), scaled);
    return hn::IfThenZeroElse(hn::Eq(levels, hn::Zero(d)), scaled);
  }

  V32 step, recentre_one, recentre_more;
  int32_t most_level;
};

// One pass of InverseTransform, down the columns of `rows`.
HWY_INLINE void Pass(V32* rows) {
  const D32 d;
  const V32 half = hn::Set(d, 64);
  const V32 most = hn::Set(d, 83);
  const V32 least = hn::Set(d, 36);
  const V32 even0 = hn::Add(hn::ShiftLeft<6>(hn::Add(rows[0], rows[2])), half);
  const V32 even1 = hn::Add(hn::ShiftLeft<6>(hn::Sub(rows[0], rows[2])), half);
  const V32 odd0 = hn::Add(hn::Mul(most, rows[1]), hn::Mul(least, rows[3]));
  const V32 odd1 = hn::Sub(hn::Mul(least, rows[1]), hn::Mul(most, rows[3]));
  rows[0] = hn::ShiftRight<7>(hn::Add(even0, odd0));
  rows[1] = hn::ShiftRight<7>(hn::Add(even1, odd1));
  rows[2] = hn::ShiftRight<7>(hn::Sub(even1, odd1));
  rows[3] = hn::ShiftRight<7>(hn::Sub(even0, odd0));
}

HWY_INLINE void Transpose(V32* rows) {
  const D32 d;
  const V32 a = hn::InterleaveLower(d, rows[0], rows[2]);
  const V32 b = hn::InterleaveLower(d, rows[1], rows[3]);
  const V32 c = hn::InterleaveUpper(d, rows[0], rows[2]);
  const V32 e = hn::InterleaveUpper(d, rows[1], rows[3]);
  rows[0] = hn::InterleaveLower(d, a, b);
  rows[1] = hn::InterleaveUpper(d, a, b);
  rows[2] = hn::InterleaveLower(d, c, e);
  rows[3] = hn::InterleaveUpper(d, c, e);
}

// Half of the block in raster order.
HWY_INLINE V16 Raster(V16 first, V16 second, const std::array<std::array<uint8_t, 16>, 2>& bytes) {
  const hn::Repartition<uint8_t, D16> d8;
  const auto from_first = hn::TableLookupBytesOr0(hn::BitCast(d8, first), hn::LoadU(d8, bytes[0].data()));
  const auto from_second = hn::TableLookupBytesOr0(hn::BitCast(d8, second), hn::LoadU(d8, bytes[1].data()));
  return hn::BitCast(D16(), hn::Or(from_first, from_second));
}

// False where a level is too large for 32 bits.
HWY_INLINE bool AddBlock(const Scale& scale, const AddedBlock& block, ptrdiff_t stride) {
  const D32 d;
  const D16 d16;
  const D16Half half;
  const V16 first = hn::LoadU(d16, block.levels);
  const V16 second = hn::LoadU(d16, block.levels + 8);
  V32 rows[4];
  for (int part = 0; part < 2; ++part) {
    const V16 raster = Raster(first, second, kRasterBytes[size_t(part)]);
    rows[2 * part] = hn::PromoteTo(d, hn::LowerHalf(half, raster));
    rows[2 * part + 1] = hn::PromoteTo(d, hn::UpperHalf(half, raster));
  }
  const V32 largest = hn::Max(hn::Max(hn::Abs(rows[0]), hn::Abs(rows[1])), hn::Max(hn::Abs(rows[2]), hn::Abs(rows[3])));
  if (!hn::AllFalse(d, hn::Gt(largest, hn::Set(d, scale.most_level)))) return false;
  for (V32& row : rows) row = scale.Coefficients(row);
  if (!block.skip) {
    Pass(rows);
    Transpose(rows);
    Pass(rows);
    Transpose(rows);
  }
  const V32 lowest = hn::Set(d, -32767);
  int16_t* cells = block.cells;
  for (const V32 row : rows) {
    const V32 sum = hn::Add(hn::PromoteTo(d, hn::LoadU(half, cells)), row);
    hn::StoreU(hn::DemoteTo(half, hn::Max(sum, lowest)), half, cells);
    cells += stride;
  }
  return true;
}

void AddBlocksFast(const Dequantizer& dequantizer, const AddedBlock* blocks, size_t count, ptrdiff_t stride) {
  const Scale scale(dequantizer);
  for (size_t i = 0; i < count; ++i) {
    if (!AddBlock(scale, blocks[i], stride)) AddBlocksPlain(dequantizer, {blocks + i, 1}, stride);
  }
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(AddBlocksFast);

void AddBlocks(const Dequantizer& dequantizer, std::span<const AddedBlock> blocks, ptrdiff_t stride) {
  HWY_DYNAMIC_DISPATCH(AddBlocksFast)(dequantizer, blocks.data(), blocks.size(), stride);
}

}  // namespace fsc
#endif
