#include "codec/latent/output_rows.h"

#include <algorithm>

namespace fsc {

void CorrectRowPlain(const OutputRow& row, const CorrectionTable& table, std::span<float> values) {
  for (float& x : values) {
    const float t = std::clamp(x * row.scale - row.start, 0.0f, row.last);
    const int i = int(t);
    const float bounded = x < row.low ? row.low : x;
    const float y = bounded + (table.at[size_t(i)] + (t - float(i)) * table.growth[size_t(i)]);
    x = y < row.low ? row.low : y;
  }
}

void BoundRow(float low, std::span<float> values) {
  for (float& x : values) x = x < low ? low : x;
}

}  // namespace fsc
