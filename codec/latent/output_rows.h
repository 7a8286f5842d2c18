// output_rows.h: the inner loops of the output stage, each as a plain twin and a vector twin. The two agree to the bit.
#ifndef FSC_CODEC_LATENT_OUTPUT_ROWS_H_
#define FSC_CODEC_LATENT_OUTPUT_ROWS_H_

#include <array>
#include <cstddef>
#include <span>

namespace fsc {

// A table of corrections on centres: at centre i, and what it grows by to the next centre.
struct CorrectionTable {
  static constexpr int kMost = 64;
  std::array<float, kMost> at{};
  std::array<float, kMost> growth{};
};

struct OutputRow {
  float low = 0;
  float scale = 0;  // 1 / width
  float start = 0;  // of the first centre, in widths
  float last = 0;   // the last centre, 0..63
};

// v = x or low, where x is below it; t = x * scale - start, within 0..last; i = t rounded down:
// v + (at[i] + (t - i) * growth[i]), or low where that is below it. Values are finite.
void CorrectRow(const OutputRow& row, const CorrectionTable& table, std::span<float> values);
void CorrectRowPlain(const OutputRow& row, const CorrectionTable& table, std::span<float> values);

// x, or low where x is below it.
void BoundRow(float low, std::span<float> values);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_OUTPUT_ROWS_H_
