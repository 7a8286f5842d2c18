#include "motion/cell_rows.h"

#include <algorithm>
#include <cstdlib>

namespace fsc {

int64_t RowActivityPlain(const int16_t* row, const int16_t* below, size_t count) {
  int64_t sum = 0;
  for (size_t x = 0; x < count; ++x) {
    const int32_t across = std::clamp(row[x + 1] - row[x], -32767, 32767);
    const int32_t down = std::clamp(below[x] - row[x], -32767, 32767);
    sum += int64_t{across} * across + int64_t{down} * down;
  }
  return sum;
}

void HalfRowPlain(const SixBytes& in, size_t count, uint8_t* out) {
  for (size_t i = 0; i < count; ++i) {
    const int sum = 2 * (in[0][i] + in[5][i]) - 9 * (in[1][i] + in[4][i]) + 39 * (in[2][i] + in[3][i]);
    out[i] = uint8_t(std::clamp((sum + 32) >> 6, 0, 255));
  }
}

uint32_t CellSadPlain(const uint8_t* current, ptrdiff_t stride, const CellPlace& place) {
  uint32_t sum = 0;
  for (int y = 0; y < kLeafCells; ++y) {
    for (int i = 0; i < kLeafCells * kCellPlanes; ++i) {
      int sample = 8;
      for (size_t k = 0; k < place.at.size(); ++k) sample += place.weights[k] * place.at[k][y * place.stride + i];
      sum += uint32_t(std::abs(current[y * stride + i] - (sample >> 4)));
    }
  }
  return sum;
}

}  // namespace fsc
