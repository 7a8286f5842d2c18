// enlarge_rows.h: the two inner loops that put a plane of cells on a picture's pixels as 8-bit luma: six weights along
// rows, then six along columns and the step to grey levels. Encoder only, but the same to the bit on every machine.
#ifndef FSC_MOTION_ENLARGE_ROWS_H_
#define FSC_MOTION_ENLARGE_ROWS_H_

#include <array>
#include <cstdint>

#include "motion/warp.h"

namespace fsc {

// Samples that a pixel may read: six that count, and two more so that it reads one vector of eight.
inline constexpr int kAcrossReads = 8;

// What one pixel of a row is made of: sum over k of weights[k] * cells[first + k].
struct AcrossTap {
  std::array<int16_t, kAcrossReads> weights = {};  // the last two are 0
  int32_t first = 0;
};

// The six weights sum to 64 in each direction, their magnitudes to at most 100: what comes of 16-bit cells is below
// 2^22, and the sums of six such rows, with weights again, are below 2^29. So 32 bits hold every sum exactly, in any
// order.
inline constexpr int kMostTapMagnitudes = 100;

// Grey levels of sums over both directions: round(128 + scale * (sum / 4096 - mean)), halves away from zero, clipped to
// 0..255. In double, every operation rounded by itself. |mean| <= 2^15, and 0 or at least 2^-64; 0 <= scale <= 2^40,
// and 0 or at least 2^-40.
struct ToGrey {
  double mean = 0;
  double scale = 0;
};

// `out`: the sums of `count` pixels. Every tap's kAcrossReads samples of `cells` can be read.
void AcrossRow(const int16_t* cells, const AcrossTap* taps, int count, int32_t* out);
void AcrossRowPlain(const int16_t* cells, const AcrossTap* taps, int count, int32_t* out);

// Six rows of those sums, `weights` for them, `count` pixels of each, to grey levels.
using SixRows = std::array<const int32_t*, kWarpTaps>;
void GreyRow(const SixRows& rows, const std::array<int16_t, kWarpTaps>& weights, const ToGrey& to_grey, int count,
             uint8_t* out);
void GreyRowPlain(const SixRows& rows, const std::array<int16_t, kWarpTaps>& weights, const ToGrey& to_grey, int count,
                  uint8_t* out);

}  // namespace fsc

#endif  // FSC_MOTION_ENLARGE_ROWS_H_
