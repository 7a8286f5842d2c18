// The vector twins of latent/encode/row_kernels.h, compiled once per instruction set and chosen at run time by Highway.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "codec/latent/encode/row_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/latent/encode/row_kernels_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

RowProducts ProductsOfFast(const int16_t* target, const int16_t* prediction, size_t count) {
  return ProductsOfPlain(target, prediction, count);
}
void ResidualsOfFast(PlaneView<const int16_t> target, PlaneView<const int16_t> prediction, int block_y,
                     BlockRow* residuals, uint32_t* energies) {
  ResidualsOfPlain(target, prediction, block_y, residuals, energies);
}
void TransformFourFast(const int32_t* residuals, size_t stride, float inverse_step, int32_t* coefficients_q4,
                       FourBlocks* blocks) {
  TransformFourPlain(residuals, stride, inverse_step, coefficients_q4, blocks);
}
void AddModeCostsFast(const ModeRows& rows) {
  AddModeCostsPlain(rows);
}

#else

// Sums of neighbouring products.
template <class D32, class V16>
HWY_INLINE hn::Vec<D32> PairSums(D32 d32, V16 a, V16 b) {
  auto rest = hn::Zero(d32);
  const auto sums = hn::ReorderWidenMulAccumulate(d32, a, b, hn::Zero(d32), rest);
  return hn::RearrangeToOddPlusEven(sums, rest);
}

// Adds those of a row from `i` on, as many as fill vectors; returns the first one behind them.
template <class D16>
HWY_INLINE size_t AddProducts(D16 d16, const int16_t* target, const int16_t* prediction, size_t i, size_t count,
                              RowProducts* sums) {
  const hn::RepartitionToWide<D16> d32;
  const hn::RepartitionToWide<decltype(d32)> d64;
  const hn::Half<decltype(d32)> half;
  const size_t lanes = hn::Lanes(d16);
  const auto least = hn::Set(d16, int16_t{-32767});
  auto cross = hn::Zero(d64);
  auto energy = hn::Zero(d64);
  if (i + lanes > count) return i;
  for (; i + lanes <= count; i += lanes) {
    const auto t = hn::LoadU(d16, target + i);
    const auto p = hn::Max(hn::LoadU(d16, prediction + i), least);
    const auto products = PairSums(d32, t, p);
    const auto squares = PairSums(d32, p, p);
    cross = hn::Add(cross, hn::Add(hn::PromoteTo(d64, hn::LowerHalf(half, products)),
                                   hn::PromoteTo(d64, hn::UpperHalf(half, products))));
    energy = hn::Add(energy, hn::Add(hn::PromoteTo(d64, hn::LowerHalf(half, squares)),
                                     hn::PromoteTo(d64, hn::UpperHalf(half, squares))));
  }
  sums->cross += hn::GetLane(hn::SumOfLanes(d64, cross));
  sums->energy += hn::GetLane(hn::SumOfLanes(d64, energy));
  return i;
}

RowProducts ProductsOfFast(const int16_t* target, const int16_t* prediction, size_t count) {
  RowProducts sums;
  size_t i = AddProducts(hn::ScalableTag<int16_t>(), target, prediction, 0, count, &sums);
  i = AddProducts(hn::CappedTag<int16_t, 8>(), target, prediction, i, count, &sums);
  const RowProducts rest = ProductsOfPlain(target + i, prediction + i, count - i);
  return {sums.cross + rest.cross, sums.energy + rest.energy};
}

// Columns from `x` on, as many as fill vectors; returns the first one behind them.
template <class D32>
HWY_INLINE size_t ResidualColumns(D32 d32, PlaneView<const int16_t> target, PlaneView<const int16_t> prediction,
                                  int first, size_t x, BlockRow* residuals, uint32_t* energies) {
  const hn::Rebind<int16_t, D32> d16;
  const hn::Half<D32> pairs;
  const size_t lanes = hn::Lanes(d32);
  const auto most = hn::Set(d32, 8191);
  const auto least = hn::Set(d32, -8191);
  HWY_ALIGN int32_t sums[8];
  for (; x + lanes <= size_t(target.width); x += lanes) {
    auto squares = hn::Zero(pairs);
    for (int y = 0; y < kBlockCells; ++y) {
      const auto t = hn::PromoteTo(d32, hn::LoadU(d16, target.row(first + y) + x));
      const auto p = hn::PromoteTo(d32, hn::LoadU(d16, prediction.row(first + y) + x));
      const auto residual = hn::Sub(t, p);
      hn::StoreU(residual, d32, residuals->row(y) + x);
      const auto limited = hn::DemoteTo(d16, hn::Min(hn::Max(residual, least), most));
      squares = hn::Add(squares, PairSums(pairs, limited, limited));
    }
    hn::Store(squares, pairs, sums);
    for (size_t b = 0; b < lanes / kBlockCells; ++b) {
      energies[x / kBlockCells + b] = uint32_t(sums[2 * b]) + uint32_t(sums[2 * b + 1]);
    }
  }
  return x;
}

void ResidualsOfFast(PlaneView<const int16_t> target, PlaneView<const int16_t> prediction, int block_y,
                     BlockRow* residuals, uint32_t* energies) {
  const int first = block_y * kBlockCells;
  const int blocks = (target.width + kBlockCells - 1) / kBlockCells;
  size_t end = 0;
  if (first + kBlockCells <= target.height) {
    end = ResidualColumns(hn::CappedTag<int32_t, 16>(), target, prediction, first, end, residuals, energies);
    end = ResidualColumns(hn::FixedTag<int32_t, 4>(), target, prediction, first, end, residuals, energies);
  }
  // What is left: columns at the right, or all of a row of blocks that is cut off.
  for (int b = int(end) / kBlockCells; b < blocks; ++b) energies[b] = 0;
  for (int y = 0; y < kBlockCells; ++y) {
    const int from = std::min(first + y, target.height - 1);
    const int16_t* t = target.row(from);
    const int16_t* p = prediction.row(from);
    int32_t* row = residuals->row(y);
    for (int x = int(end); x < blocks * kBlockCells; ++x) {
      const int column = std::min(x, target.width - 1);
      row[x] = t[column] - p[column];
      const int32_t limited = std::clamp(row[x], -8191, 8191);
      energies[x / kBlockCells] += uint32_t(limited * limited);
    }
  }
}

using D32 = hn::CappedTag<int32_t, 16>;
using V32 = hn::Vec<D32>;
using DF = hn::RebindToFloat<D32>;
using VF = hn::Vec<DF>;

// The rows' pass of the transform: each 128-bit part is a row of a block.
HWY_INLINE V32 AcrossRow(V32 x) {
  const D32 d;
  const V32 reversed = hn::Shuffle0123(x);
  const V32 sum = hn::Add(x, reversed);
  const V32 difference = hn::Sub(x, reversed);
  const V32 outer = hn::OddEven(hn::Broadcast<0>(difference), hn::Broadcast<0>(sum));
  const V32 inner = hn::OddEven(hn::Broadcast<1>(difference), hn::Broadcast<1>(sum));
  alignas(16) static constexpr int32_t kOuter[4] = {64, 83, 64, 36};
  alignas(16) static constexpr int32_t kInner[4] = {64, 36, -64, -83};
  const V32 all = hn::Add(hn::Mul(outer, hn::LoadDup128(d, kOuter)), hn::Mul(inner, hn::LoadDup128(d, kInner)));
  return hn::ShiftRight<6>(hn::Add(all, hn::Set(d, 32)));
}

// Sums of a vector's columns, four and four.
HWY_INLINE void SumColumns(VF columns, float* of_blocks) {
  const DF d;
  const VF pairs = hn::Add(columns, hn::Shuffle2301(columns));  // 0 + 1 in both, 2 + 3 in both
  const VF sums = hn::Add(pairs, hn::Shuffle1032(pairs));
  HWY_ALIGN float all[16];
  hn::Store(sums, d, all);
  for (size_t b = 0; b < hn::Lanes(d) / 4; ++b) of_blocks[b] = all[4 * b];
}

struct ColumnPrices {
  HWY_ALIGN float price[16];
  HWY_ALIGN float least[16];
  HWY_ALIGN float size[16];
};

// Looks at the vector's worth of columns from `x` on.
HWY_INLINE void LookAt(const V32* rows, float inverse_step, const ColumnPrices& prices, size_t x,
                       FourBlocks::Look* look) {
  const DF d;
  const VF price = hn::Load(d, prices.price + x);
  const VF least = hn::Load(d, prices.least + x);
  const VF least_size = hn::Load(d, prices.size + x);
  const VF scale = hn::Set(d, inverse_step);
  VF promise = hn::Zero(d);
  VF most = hn::Zero(d);
  for (int y = 0; y < 4; ++y) {
    const VF size = hn::Mul(hn::ConvertTo(d, hn::Abs(rows[y])), scale);
    const VF square = hn::Mul(size, size);
    promise = hn::Add(promise, hn::Max(hn::Sub(square, price), hn::Zero(d)));
    most = hn::Add(most, hn::Max(hn::Sub(square, least), hn::Zero(d)));
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, hn::Ge(size, least_size), bytes);
    const uint32_t bits = bytes[0] | uint32_t{bytes[1]} << 8;
    for (size_t b = 0; b < hn::Lanes(d) / 4; ++b) {
      look->positions[x / 4 + b] |= uint16_t((bits >> (4 * b) & 15) << (4 * y));
    }
  }
  SumColumns(promise, look->promise.data() + x / 4);
  SumColumns(most, look->most.data() + x / 4);
}

void TransformFourFast(const int32_t* residuals, size_t stride, float inverse_step, int32_t* coefficients_q4,
                       FourBlocks* blocks) {
  const D32 d;
  ColumnPrices prices;
  for (int x = 0; x < 16; ++x) {
    prices.price[x] = blocks->price[size_t(x) / 4];
    prices.least[x] = blocks->least_price[size_t(x) / 4];
    prices.size[x] = blocks->least_size[size_t(x) / 4];
  }
  blocks->transformed.positions = {};
  blocks->plain.positions = {};
  const V32 c36 = hn::Set(d, 36);
  const V32 c83 = hn::Set(d, 83);
  const V32 eight = hn::Set(d, 8);
  for (size_t x = 0; x < 16; x += hn::Lanes(d)) {
    V32 rows[4];
    for (size_t y = 0; y < 4; ++y) rows[y] = hn::LoadU(d, residuals + y * stride + x);
    const V32 sum0 = hn::Add(rows[0], rows[3]);
    const V32 sum1 = hn::Add(rows[1], rows[2]);
    const V32 difference0 = hn::Sub(rows[0], rows[3]);
    const V32 difference1 = hn::Sub(rows[1], rows[2]);
    V32 out[4];
    out[0] = hn::ShiftRight<4>(hn::Add(hn::ShiftLeft<6>(hn::Add(sum0, sum1)), eight));
    out[1] = hn::ShiftRight<4>(hn::Add(hn::Add(hn::Mul(difference0, c83), hn::Mul(difference1, c36)), eight));
    out[2] = hn::ShiftRight<4>(hn::Add(hn::ShiftLeft<6>(hn::Sub(sum0, sum1)), eight));
    out[3] = hn::ShiftRight<4>(hn::Add(hn::Sub(hn::Mul(difference0, c36), hn::Mul(difference1, c83)), eight));
    for (size_t y = 0; y < 4; ++y) {
      out[y] = AcrossRow(out[y]);
      hn::StoreU(out[y], d, coefficients_q4 + y * stride + x);
      rows[y] = hn::ShiftLeft<4>(rows[y]);
    }
    LookAt(out, inverse_step, prices, x, &blocks->transformed);
    LookAt(rows, inverse_step, prices, x, &blocks->plain);
  }
}

template <class DF>
HWY_INLINE hn::Vec<DF> EnergyCosts(DF d, hn::Vec<DF> squared_steps) {
  using VF = hn::Vec<DF>;
  const hn::RebindToUnsigned<DF> du;
  const hn::RebindToSigned<DF> d32;
  const auto bits = hn::BitCast(du, hn::Mul(squared_steps, hn::Set(d, 1 / kEnergyKnee)));
  const VF whole = hn::ConvertTo(d, hn::Sub(hn::BitCast(d32, hn::ShiftRight<23>(bits)), hn::Set(d32, 127)));
  const VF part =
      hn::Mul(hn::ConvertTo(d, hn::BitCast(d32, hn::And(bits, hn::Set(du, 0x7FFFFFu)))), hn::Set(d, 1.0f / 0x800000));
  const VF cost =
      hn::Mul(hn::Set(d, kEnergyKnee), hn::Add(hn::Set(d, 1.0f), hn::Mul(hn::Set(d, kLog2), hn::Add(whole, part))));
  return hn::IfThenElse(hn::Le(squared_steps, hn::Set(d, kEnergyKnee)), squared_steps, cost);
}

// A lane is a block. Blocks from `block` on, as many as fill vectors; returns the first one behind them.
template <class D32>
HWY_INLINE int AddBlockCosts(D32 d32, const ModeRows& rows, int block) {
  const hn::RebindToFloat<D32> df;
  const hn::Rebind<int16_t, D32> d16;
  using VF = hn::Vec<decltype(df)>;
  using V32 = hn::Vec<D32>;
  const int lanes = int(hn::Lanes(d32));
  const VF half = hn::Set(df, 0.5f);
  for (; block + lanes <= rows.blocks; block += lanes) {
    VF energy[4] = {hn::Zero(df), hn::Zero(df), hn::Zero(df), hn::Zero(df)};
    for (int y = rows.first_row; y < rows.first_row + kBlockCells; ++y) {
      hn::Vec<decltype(d16)> t[4], a[4], b[4];
      hn::LoadInterleaved4(d16, rows.target.row(y) + block * kBlockCells, t[0], t[1], t[2], t[3]);
      hn::LoadInterleaved4(d16, rows.first.row(y) + block * kBlockCells, a[0], a[1], a[2], a[3]);
      hn::LoadInterleaved4(d16, rows.second.row(y) + block * kBlockCells, b[0], b[1], b[2], b[3]);
      for (int x = 0; x < kBlockCells; ++x) {
        const V32 target = hn::PromoteTo(d32, t[x]);
        const V32 first = hn::PromoteTo(d32, a[x]);
        const V32 second = hn::PromoteTo(d32, b[x]);
        const VF value = hn::ConvertTo(df, target);
        const VF from_first = hn::ConvertTo(df, hn::Sub(target, first));
        const VF from_second = hn::ConvertTo(df, hn::Sub(target, second));
        const VF from_both = hn::Sub(value, hn::Mul(half, hn::ConvertTo(df, hn::Add(first, second))));
        energy[0] = hn::Add(energy[0], hn::Mul(from_first, from_first));
        energy[1] = hn::Add(energy[1], hn::Mul(from_second, from_second));
        energy[2] = hn::Add(energy[2], hn::Mul(from_both, from_both));
        energy[3] = hn::Add(energy[3], hn::Mul(value, value));
      }
    }
    for (int mode = 0; mode < 4; ++mode) {
      if (rows.costs[size_t(mode)] == nullptr) continue;
      float* to = rows.costs[size_t(mode)] + block;
      const VF cost = EnergyCosts(df, hn::Mul(energy[mode], hn::Set(df, rows.scale)));
      hn::StoreU(hn::Add(hn::LoadU(df, to), cost), df, to);
    }
  }
  return block;
}

void AddModeCostsFast(const ModeRows& rows) {
  int block = AddBlockCosts(hn::CappedTag<int32_t, 16>(), rows, 0);
  block = AddBlockCosts(hn::FixedTag<int32_t, 4>(), rows, block);
  if (block == rows.blocks) return;
  ModeRows rest = rows;
  const auto from = [&](PlaneView<const int16_t> plane) {
    return PlaneView<const int16_t>{plane.data + block * kBlockCells, plane.width, plane.height, plane.stride};
  };
  rest.target = from(rows.target);
  rest.first = from(rows.first);
  rest.second = from(rows.second);
  rest.blocks -= block;
  for (float*& costs : rest.costs) costs = costs != nullptr ? costs + block : nullptr;
  AddModeCostsPlain(rest);
}

#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(ProductsOfFast);
HWY_EXPORT(ResidualsOfFast);
HWY_EXPORT(TransformFourFast);
HWY_EXPORT(AddModeCostsFast);

RowProducts ProductsOf(const int16_t* target, const int16_t* prediction, size_t count) {
  return HWY_DYNAMIC_DISPATCH(ProductsOfFast)(target, prediction, count);
}

void ResidualsOf(PlaneView<const int16_t> target, PlaneView<const int16_t> prediction, int block_y, BlockRow* residuals,
                 uint32_t* energies) {
  HWY_DYNAMIC_DISPATCH(ResidualsOfFast)(target, prediction, block_y, residuals, energies);
}

void TransformFour(const int32_t* residuals, size_t stride, float inverse_step, int32_t* coefficients_q4,
                   FourBlocks* blocks) {
  HWY_DYNAMIC_DISPATCH(TransformFourFast)(residuals, stride, inverse_step, coefficients_q4, blocks);
}

void AddModeCosts(const ModeRows& rows) {
  HWY_DYNAMIC_DISPATCH(AddModeCostsFast)(rows);
}

}  // namespace fsc
#endif
