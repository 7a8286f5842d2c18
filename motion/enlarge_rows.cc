#include "motion/enlarge_rows.h"

#include <algorithm>
#include <cmath>

namespace fsc {

void AcrossRowPlain(const int16_t* cells, const AcrossTap* taps, int count, int32_t* out) {
  for (int x = 0; x < count; ++x) {
    int32_t sum = 0;
    for (int k = 0; k < kAcrossReads; ++k) sum += taps[x].weights[k] * cells[taps[x].first + k];
    out[x] = sum;
  }
}

void GreyRowPlain(const SixRows& rows, const std::array<int16_t, kWarpTaps>& weights, const ToGrey& to_grey, int count,
                  uint8_t* out) {
  for (int x = 0; x < count; ++x) {
    int32_t sum = 0;
    for (int k = 0; k < kWarpTaps; ++k) sum += weights[k] * rows[k][x];
    const double level = 128 + to_grey.scale * (double(sum) / 4096 - to_grey.mean);
    out[x] = uint8_t(std::lround(std::clamp(level, 0.0, 255.0)));
  }
}

}  // namespace fsc
