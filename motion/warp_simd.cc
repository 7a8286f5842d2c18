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

void WarpRun(const int16_t* in, ptrdiff_t in_stride, int16_t* out, ptrdiff_t out_stride, int width, int height,
             CellVector vector, WarpFilter filter) {
  WarpRunPlain(in, in_stride, out, out_stride, width, height, vector, filter);
}

#else

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
  using D16 = hn::CappedTag < int16_t, kLanes<8 ? 8 : kLanes>;
  using D32 = hn::RepartitionToWide<D16>;
  using V16 = hn::Vec<D16>;
  using V32 = hn::Vec<D32>;

  V16 pairs[3];

  explicit HWY_INLINE Filter(const int16_t* taps) {
    for (int pair = 0; pair < 3; ++pair) pairs[pair] = TapPair(D16(), taps, pair);
  }

  static HWY_INLINE V16 Load(const int16_t* from) {
    if constexpr (kLanes < 8) {
      return hn::ZeroExtendVector(D16(), hn::LoadU(hn::Half<D16>(), from));
    } else {
      return hn::LoadU(D16(), from);
    }
  }

  static HWY_INLINE void Store(V16 v, int16_t* to) {
    if constexpr (kLanes < 8) {
      hn::StoreU(hn::LowerHalf(v), hn::Half<D16>(), to);
    } else {
      hn::StoreU(v, D16(), to);
    }
  }

  HWY_INLINE V16 Apply(const int16_t* in, ptrdiff_t step) const {
    const D16 d16;
    const D32 d32;
    const V32 half = hn::Set(d32, 1 << (kWarpTapShift - 1));
    V32 low0 = half, low1 = hn::Zero(d32), high0 = half, high1 = hn::Zero(d32);
    const auto accumulate = [&](int pair) HWY_ATTR {
      const V16 a = Load(in + 2 * pair * step);
      const V16 b = Load(in + (2 * pair + 1) * step);
      low0 = hn::ReorderWidenMulAccumulate(d32, hn::InterleaveLower(d16, a, b), pairs[pair], low0, low1);
      if constexpr (kLanes >= 8) {
        high0 = hn::ReorderWidenMulAccumulate(d32, hn::InterleaveUpper(d16, a, b), pairs[pair], high0, high1);
      }
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

// A strip of kLanes columns and `height` rows. `in` points at the sample of the first output for whole vectors;
// `stored` of the columns are written.
template <int kLanes, bool kSixTap>
HWY_INLINE void WarpStrip(const int16_t* in, ptrdiff_t in_stride, int16_t* out, ptrdiff_t out_stride, int height,
                          int stored, const int16_t* taps_x, const int16_t* taps_y) {
  using F = Filter<kLanes, kSixTap>;
  const F across(taps_x != nullptr ? taps_x : taps_y);
  const F down(taps_y != nullptr ? taps_y : taps_x);
  HWY_ALIGN int16_t rows[(kWarpRunCells + kWarpTaps - 1) * kLanes];
  HWY_ALIGN int16_t part[kLanes < 8 ? 8 : kLanes];
  const auto store = [&](typename F::V16 v, int16_t* to) HWY_ATTR {
    if (stored >= kLanes) {
      F::Store(v, to);
    } else {
      F::Store(v, part);
      for (int i = 0; i < stored; ++i) to[i] = part[i];
    }
  };
  if (taps_y == nullptr) {
    for (int y = 0; y < height; ++y) store(across.Apply(in + y * in_stride - 2, 1), out + y * out_stride);
    return;
  }
  const int16_t* first = in - 2 * in_stride;
  ptrdiff_t first_stride = in_stride;
  if (taps_x != nullptr) {
    // Bilinear never reads the outer rows.
    const int skip = kSixTap ? 0 : 2;
    for (int y = skip; y < height + kWarpTaps - 1 - skip; ++y) {
      F::Store(across.Apply(first + y * in_stride - 2, 1), rows + y * kLanes);
    }
    first = rows;
    first_stride = kLanes;
  }
  for (int y = 0; y < height; ++y) store(down.Apply(first + y * first_stride, first_stride), out + y * out_stride);
}

template <bool kSixTap>
void WarpRunWith(const int16_t* in, ptrdiff_t in_stride, int16_t* out, ptrdiff_t out_stride, int width, int height,
                 const int16_t* taps_x, const int16_t* taps_y) {
  int x = 0;
  if constexpr (hn::MaxLanes(hn::CappedTag<int16_t, 16>()) >= 16) {
    for (; width - x >= 16; x += 16) {
      WarpStrip<16, kSixTap>(in + x, in_stride, out + x, out_stride, height, 16, taps_x, taps_y);
    }
  }
  for (; width - x >= 8; x += 8) {
    WarpStrip<8, kSixTap>(in + x, in_stride, out + x, out_stride, height, 8, taps_x, taps_y);
  }
  for (; x < width; x += 4) {
    WarpStrip<4, kSixTap>(in + x, in_stride, out + x, out_stride, height, width - x, taps_x, taps_y);
  }
}

void WarpRun(const int16_t* in, ptrdiff_t in_stride, int16_t* out, ptrdiff_t out_stride, int width, int height,
             CellVector vector, WarpFilter filter) {
  const WarpTaps& taps = TapsOf(filter);
  const int fx = vector.dx & 31;
  const int fy = vector.dy & 31;
  if (fx == 0 && fy == 0) {
    for (int y = 0; y < height; ++y) std::memcpy(out + y * out_stride, in + y * in_stride, sizeof(int16_t) * width);
    return;
  }
  const int16_t* taps_x = fx != 0 ? taps[fx].data() : nullptr;
  const int16_t* taps_y = fy != 0 ? taps[fy].data() : nullptr;
  const auto run = filter == WarpFilter::kSixTap ? WarpRunWith<true> : WarpRunWith<false>;
  run(in, in_stride, out, out_stride, width, height, taps_x, taps_y);
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

HWY_EXPORT(WarpRun);
HWY_EXPORT(AverageRowFast);

void WarpPlane(const WarpPlan& plan, PlaneView<const int16_t> reference, PlaneView<int16_t> out) {
  constexpr int kWindowStride = kWarpRunCells + kWarpLanes + 8;
  int16_t window_samples[kWindowStride * (kWarpRunCells + kWarpTaps - 1)];
  const auto warp_run = HWY_DYNAMIC_DISPATCH(WarpRun);
  for (const WarpPlan::Run& run : plan.runs()) {
    const int from_x = run.x + (run.vector.dx >> 5);
    const int from_y = run.y + (run.vector.dy >> 5);
    int16_t* to = out.row(run.y) + run.x;
    if (run.inside) {
      warp_run(reference.row(from_y) + from_x, reference.stride, to, out.stride, run.width, run.height, run.vector,
               plan.filter());
      continue;
    }
    const WarpWindow window = WindowOf(run);
    const int inside_begin = std::clamp(-window.x, 0, window.width);
    const int inside_end = std::clamp(reference.width - window.x, inside_begin, window.width);
    for (int y = 0; y < window.height; ++y) {
      const int16_t* row = reference.row(std::clamp(window.y + y, 0, reference.height - 1));
      int16_t* copy = window_samples + y * kWindowStride;
      std::fill(copy, copy + inside_begin, row[0]);
      if (inside_begin < inside_end) {
        std::copy(row + window.x + inside_begin, row + window.x + inside_end, copy + inside_begin);
      }
      std::fill(copy + inside_end, copy + window.width, row[reference.width - 1]);
    }
    warp_run(window_samples + (from_y - window.y) * kWindowStride + (from_x - window.x), kWindowStride, to, out.stride,
             run.width, run.height, run.vector, plan.filter());
  }
}

void AverageRow(std::span<const int16_t> a, std::span<const int16_t> b, std::span<int16_t> out) {
  HWY_DYNAMIC_DISPATCH(AverageRowFast)(a.data(), b.data(), out.data(), out.size());
}

}  // namespace fsc
#endif
