// The fast twins of warp.h, compiled once per instruction set and chosen at run time by Highway.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "motion/warp.h"
#include "motion/warp_run.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "motion/warp_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

void WarpPlaneFast(const WarpPlan& plan, PlaneView<const int16_t> reference, PlaneView<int16_t> out) {
  WarpPlanePlain(plan, reference, out);
}

#else

// `window` of the reference, its edges repeated, to `to`.
void CopyClamped(PlaneView<const int16_t> reference, const WarpWindow& window, int16_t* to, ptrdiff_t to_stride) {
  const int inside_begin = std::clamp(-window.x, 0, window.width);
  const int inside_end = std::clamp(reference.width - window.x, inside_begin, window.width);
  for (int y = 0; y < window.height; ++y, to += to_stride) {
    const int16_t* row = reference.row(std::clamp(window.y + y, 0, reference.height - 1));
    std::fill(to, to + inside_begin, row[0]);
    if (inside_begin < inside_end) {
      std::copy(row + window.x + inside_begin, row + window.x + inside_end, to + inside_begin);
    }
    std::fill(to + inside_end, to + window.width, row[reference.width - 1]);
  }
}

// Two neighbouring taps in one 32-bit lane, for the pairwise multiply-add.
template <class D16>
HWY_INLINE hn::Vec<D16> TapPair(D16 d16, const int16_t* taps, int pair) {
  const uint32_t both = uint16_t(taps[2 * pair]) | uint32_t(uint16_t(taps[2 * pair + 1])) << 16;
  return hn::BitCast(d16, hn::Set(hn::RepartitionToWide<hn::RebindToUnsigned<D16> >(), both));
}

// kLanes outputs, each the sum over the six samples in[0], in[step], .., in[5 * step] times the taps, rounded and
// saturated. Bilinear filters have only the middle pair.
template <int kLanes, bool kSixTap>
struct Filter {
  using D16 = hn::CappedTag<int16_t, kLanes>;
  using D32 = hn::RepartitionToWide<D16>;
  using V16 = hn::Vec<D16>;
  using V32 = hn::Vec<D32>;

  V16 pairs[3];

  explicit HWY_INLINE Filter(const int16_t* taps) {
    for (int pair = 0; pair < 3; ++pair) pairs[pair] = TapPair(D16(), taps, pair);
  }

  HWY_INLINE V16 Apply(const int16_t* in, ptrdiff_t step) const {
    const D16 d16;
    const D32 d32;
    const V32 half = hn::Set(d32, 1 << (kWarpTapShift - 1));
    V32 low0 = half, low1 = hn::Zero(d32), high0 = half, high1 = hn::Zero(d32);
    const auto accumulate = [&](int pair) HWY_ATTR {
      const V16 a = hn::LoadU(d16, in + 2 * pair * step);
      const V16 b = hn::LoadU(d16, in + (2 * pair + 1) * step);
      low0 = hn::ReorderWidenMulAccumulate(d32, hn::InterleaveLower(d16, a, b), pairs[pair], low0, low1);
      high0 = hn::ReorderWidenMulAccumulate(d32, hn::InterleaveUpper(d16, a, b), pairs[pair], high0, high1);
    };
    if constexpr (kSixTap) accumulate(0);
    accumulate(1);
    if constexpr (kSixTap) accumulate(2);
    const V32 low = hn::ShiftRight<kWarpTapShift>(hn::RearrangeToOddPlusEven(low0, low1));
    const V32 high = hn::ShiftRight<kWarpTapShift>(hn::RearrangeToOddPlusEven(high0, high1));
    // Interleaving works within 128-bit parts and so does the narrowing: together they keep the order.
    return hn::ReorderDemote2To(d16, low, high);
  }
};

// A strip of kLanes columns and `height` rows. `in` points at the sample of the first output for whole vectors.
template <int kLanes, bool kSixTap>
HWY_INLINE void WarpStrip(const int16_t* in, ptrdiff_t in_stride, int16_t* out, ptrdiff_t out_stride, int height,
                          const int16_t* taps_x, const int16_t* taps_y) {
  using F = Filter<kLanes, kSixTap>;
  const typename F::D16 d16;
  const F across(taps_x != nullptr ? taps_x : taps_y);
  const F down(taps_y != nullptr ? taps_y : taps_x);
  HWY_ALIGN int16_t rows[(kWarpRunCells + kWarpTaps - 1) * kLanes];
  if (taps_y == nullptr) {
    for (int y = 0; y < height; ++y) {
      hn::StoreU(across.Apply(in + y * in_stride - 2, 1), d16, out + y * out_stride);
    }
    return;
  }
  const int16_t* first = in - 2 * in_stride;
  ptrdiff_t first_stride = in_stride;
  if (taps_x != nullptr) {
    // Bilinear never reads the outer rows.
    const int skip = kSixTap ? 0 : 2;
    for (int y = skip; y < height + kWarpTaps - 1 - skip; ++y) {
      hn::Store(across.Apply(first + y * in_stride - 2, 1), d16, rows + y * kLanes);
    }
    first = rows;
    first_stride = kLanes;
  }
  for (int y = 0; y < height; ++y) {
    hn::StoreU(down.Apply(first + y * first_stride, first_stride), d16, out + y * out_stride);
  }
}

// One tile in each 128-bit part of a vector, whatever runs they belong to: small runs would else leave lanes empty and
// wait for their own results. Nothing goes through memory between the rows' and the columns' pass.
template <bool kSixTap>
class TileWarper {
 public:
  using D16 = hn::CappedTag<int16_t, 16>;
  static constexpr int kLanes = int(hn::MaxLanes(D16()));
  static constexpr int kParts = kLanes / 8;

  TileWarper(PlaneView<const int16_t> reference, PlaneView<int16_t> out, const WarpTaps& taps)
      : reference_(reference), out_(out), taps_(taps) {}

  // `first` and `second` may be one tile.
  HWY_INLINE void Warp(const WarpPlan::Tile& first, const WarpPlan::Tile& second) {
    ptrdiff_t stride_a, stride_b;
    const int16_t* a = Window(first, scratch_[0], &stride_a);
    const int16_t* b = kParts == 2 ? Window(second, scratch_[1], &stride_b) : a;
    if constexpr (kParts == 1) stride_b = stride_a;
    V16 across[3], down[3];
    for (int pair = kFirstPair; pair < kEndPair; ++pair) {
      across[pair] = TapParts(taps_[first.phase_x].data(), taps_[second.phase_x].data(), pair);
      down[pair] = TapParts(taps_[first.phase_y].data(), taps_[second.phase_y].data(), pair);
    }
    const D16 d16;
    V16 even[5], odd[4];
    constexpr int kLastRowPair = kSixTap ? 4 : 3;
    for (int i = kFirstPair; i <= kLastRowPair; ++i) even[i] = RowPair(a, stride_a, b, stride_b, across, i);
    for (int i = kFirstPair; i < kLastRowPair; ++i) odd[i] = hn::CombineShiftRightBytes<8>(d16, even[i + 1], even[i]);
    const V16 upper = Down(even, odd, down);
    const V16 lower = Down(even + 1, odd + 1, down);
    if constexpr (kParts == 2) {
      const hn::Half<D16> half;
      Put(first, hn::LowerHalf(half, upper), hn::LowerHalf(half, lower));
      Put(second, hn::UpperHalf(half, upper), hn::UpperHalf(half, lower));
    } else {
      Put(first, upper, lower);
    }
  }

 private:
  using D32 = hn::RepartitionToWide<D16>;
  using V16 = hn::Vec<D16>;
  using V32 = hn::Vec<D32>;
  using V8 = hn::Vec<hn::FixedTag<int16_t, 8> >;

  HWY_INLINE const int16_t* Window(const WarpPlan::Tile& tile, int16_t* scratch, ptrdiff_t* stride) const {
    if (tile.inside) {
      *stride = reference_.stride;
      return reference_.row(tile.window_y) + tile.window_x;
    }
    CopyClamped(reference_, {tile.window_x, tile.window_y, kTileWindowWidth, kTileWindowHeight}, scratch,
                kTileWindowWidth);
    *stride = kTileWindowWidth;
    return scratch;
  }

  // Rows 0 1 and 2 3 of the tile's cells.
  HWY_INLINE void Put(const WarpPlan::Tile& tile, V8 upper, V8 lower) const {
    const hn::FixedTag<int16_t, 8> d8;
    const hn::FixedTag<int16_t, 4> d4;
    int16_t* to = out_.row(tile.y) + tile.x;
    if (tile.width == kTileCells && tile.height == kTileCells) {
      hn::StoreU(hn::LowerHalf(d4, upper), d4, to);
      hn::StoreU(hn::UpperHalf(d4, upper), d4, to + out_.stride);
      hn::StoreU(hn::LowerHalf(d4, lower), d4, to + 2 * out_.stride);
      hn::StoreU(hn::UpperHalf(d4, lower), d4, to + 3 * out_.stride);
      return;
    }
    HWY_ALIGN int16_t cells[kTileCells * kTileCells];
    hn::Store(upper, d8, cells);
    hn::Store(lower, d8, cells + 8);
    for (int y = 0; y < tile.height; ++y) {
      for (int x = 0; x < tile.width; ++x) to[y * out_.stride + x] = cells[y * kTileCells + x];
    }
  }

  // Eight samples for each part.
  static HWY_INLINE V16 LoadParts(const int16_t* first, const int16_t* second) {
    if constexpr (kParts == 2) {
      const hn::Half<D16> half;
      return hn::Combine(D16(), hn::LoadU(half, second), hn::LoadU(half, first));
    } else {
      (void)second;
      return hn::LoadU(D16(), first);
    }
  }

  // Five neighbouring samples as four pairs: 0 1, 1 2, 2 3, 3 4.
  static HWY_INLINE V16 Pairs(V16 samples) {
    alignas(16) static constexpr uint8_t kPairBytes[16] = {0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9};
    const hn::Repartition<uint8_t, D16> d8;
    return hn::BitCast(D16(), hn::TableLookupBytes(hn::BitCast(d8, samples), hn::LoadDup128(d8, kPairBytes)));
  }

  static HWY_INLINE V16 TapParts(const int16_t* first, const int16_t* second, int pair) {
    if constexpr (kParts == 2) {
      const hn::Half<D16> half;
      return hn::Combine(D16(), TapPair(half, second, pair), TapPair(half, first, pair));
    } else {
      (void)second;
      return TapPair(D16(), first, pair);
    }
  }

  // Rows 2 i and 2 i + 1 after the pass along rows: in each part four samples of the one, then four of the other.
  static HWY_INLINE V16 RowPair(const int16_t* a, ptrdiff_t stride_a, const int16_t* b, ptrdiff_t stride_b,
                                const V16* taps, int i) {
    const D32 d32;
    const auto row = [&](int y) HWY_ATTR {
      V32 sum0 = hn::Set(d32, 1 << (kWarpTapShift - 1));
      V32 sum1 = hn::Zero(d32);
      for (int pair = kFirstPair; pair < kEndPair; ++pair) {
        const V16 samples = Pairs(LoadParts(a + y * stride_a + 2 * pair, b + y * stride_b + 2 * pair));
        sum0 = hn::ReorderWidenMulAccumulate(d32, samples, taps[pair], sum0, sum1);
      }
      return hn::ShiftRight<kWarpTapShift>(hn::RearrangeToOddPlusEven(sum0, sum1));
    };
    return hn::ReorderDemote2To(D16(), row(2 * i), row(std::min(2 * i + 1, kTileWindowHeight - 1)));
  }

  // Two rows of output from the row pairs `even` (0 1, 2 3, 4 5) and `odd` (1 2, 3 4, 5 6).
  static HWY_INLINE V16 Down(const V16* even, const V16* odd, const V16* taps) {
    const D16 d16;
    const D32 d32;
    V32 low0 = hn::Set(d32, 1 << (kWarpTapShift - 1)), low1 = hn::Zero(d32);
    V32 high0 = low0, high1 = low1;
    for (int pair = kFirstPair; pair < kEndPair; ++pair) {
      low0 =
          hn::ReorderWidenMulAccumulate(d32, hn::InterleaveLower(d16, even[pair], odd[pair]), taps[pair], low0, low1);
      high0 =
          hn::ReorderWidenMulAccumulate(d32, hn::InterleaveUpper(d16, even[pair], odd[pair]), taps[pair], high0, high1);
    }
    const V32 low = hn::ShiftRight<kWarpTapShift>(hn::RearrangeToOddPlusEven(low0, low1));
    const V32 high = hn::ShiftRight<kWarpTapShift>(hn::RearrangeToOddPlusEven(high0, high1));
    return hn::ReorderDemote2To(d16, low, high);
  }

  static constexpr int kFirstPair = kSixTap ? 0 : 1;
  static constexpr int kEndPair = kSixTap ? 3 : 2;

  const PlaneView<const int16_t> reference_;
  const PlaneView<int16_t> out_;
  const WarpTaps& taps_;
  int16_t scratch_[2][kTileWindowWidth * kTileWindowHeight];
};

// The columns of a run that fill strips.
template <bool kSixTap>
void WarpStrips(const int16_t* in, ptrdiff_t in_stride, int16_t* out, ptrdiff_t out_stride, int width, int height,
                const int16_t* taps_x, const int16_t* taps_y) {
  int x = 0;
  if constexpr (hn::MaxLanes(hn::CappedTag<int16_t, 16>()) >= 16) {
    for (; width - x >= 16; x += 16) {
      WarpStrip<16, kSixTap>(in + x, in_stride, out + x, out_stride, height, taps_x, taps_y);
    }
  }
  for (; width - x >= kStripCells; x += kStripCells) {
    WarpStrip<8, kSixTap>(in + x, in_stride, out + x, out_stride, height, taps_x, taps_y);
  }
}

template <bool kSixTap>
void WarpRuns(const WarpPlan& plan, PlaneView<const int16_t> reference, PlaneView<int16_t> out) {
  const WarpTaps& taps = TapsOf(plan.filter());
  HWY_ALIGN int16_t window_samples[kRunWindowStride * kRunWindowHeight];
  for (const WarpPlan::Run& run : plan.runs()) {
    const int from_x = run.x + (run.vector.dx >> 5);
    const int from_y = run.y + (run.vector.dy >> 5);
    const int fx = run.vector.dx & 31;
    const int fy = run.vector.dy & 31;
    int16_t* to = out.row(run.y) + run.x;
    if (fx == 0 && fy == 0) {
      CopyClamped(reference, {from_x, from_y, run.width, run.height}, to, out.stride);
      continue;
    }
    if (run.width < kStripCells) continue;
    const int16_t* in = nullptr;
    ptrdiff_t in_stride = reference.stride;
    if (run.inside) {
      in = reference.row(from_y) + from_x;
    } else {
      const WarpWindow window = WindowOf(run);
      CopyClamped(reference, window, window_samples, kRunWindowStride);
      in = window_samples + (from_y - window.y) * kRunWindowStride + (from_x - window.x);
      in_stride = kRunWindowStride;
    }
    WarpStrips<kSixTap>(in, in_stride, to, out.stride, run.width, run.height, fx != 0 ? taps[fx].data() : nullptr,
                        fy != 0 ? taps[fy].data() : nullptr);
  }
  TileWarper<kSixTap> tiles(reference, out, taps);
  const std::vector<WarpPlan::Tile>& all = plan.tiles();
  constexpr size_t kStep = TileWarper<kSixTap>::kParts;
  for (size_t i = 0; i < all.size(); i += kStep) tiles.Warp(all[i], all[std::min(i + kStep, all.size()) - 1]);
}

void WarpPlaneFast(const WarpPlan& plan, PlaneView<const int16_t> reference, PlaneView<int16_t> out) {
  plan.filter() == WarpFilter::kSixTap ? WarpRuns<true>(plan, reference, out) : WarpRuns<false>(plan, reference, out);
}

#endif  // HWY_TARGET == HWY_SCALAR

void AverageRowFast(const int16_t* a, const int16_t* b, int16_t* out, size_t count) {
  const hn::ScalableTag<uint16_t> d;
  const size_t lanes = hn::Lanes(d);
  // With the sign bit flipped, signed order is unsigned order, and the unsigned rounding average is what is wanted.
  const auto flip = hn::Set(d, 0x8000);
  const auto* ua = reinterpret_cast<const uint16_t*>(a);
  const auto* ub = reinterpret_cast<const uint16_t*>(b);
  auto* uo = reinterpret_cast<uint16_t*>(out);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto mean = hn::AverageRound(hn::Xor(hn::LoadU(d, ua + i), flip), hn::Xor(hn::LoadU(d, ub + i), flip));
    hn::StoreU(hn::Xor(mean, flip), d, uo + i);
  }
  for (; i < count; ++i) out[i] = int16_t((a[i] + b[i] + 1) >> 1);
}

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(WarpPlaneFast);
HWY_EXPORT(AverageRowFast);

void WarpPlane(const WarpPlan& plan, PlaneView<const int16_t> reference, PlaneView<int16_t> out) {
  HWY_DYNAMIC_DISPATCH(WarpPlaneFast)(plan, reference, out);
}

void AverageRow(std::span<const int16_t> a, std::span<const int16_t> b, std::span<int16_t> out) {
  HWY_DYNAMIC_DISPATCH(AverageRowFast)(a.data(), b.data(), out.data(), out.size());
}

}  // namespace fsc
#endif
