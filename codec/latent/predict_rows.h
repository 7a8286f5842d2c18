// predict_rows.h: the inner loops that put predictions together, each as a plain twin and a vector twin. The two agree
// to the bit.
#ifndef FSC_CODEC_LATENT_PREDICT_ROWS_H_
#define FSC_CODEC_LATENT_PREDICT_ROWS_H_

#include <cstdint>
#include <span>

namespace fsc {

inline constexpr int kGainUnit = 16;  // gain of 1

// Which of two rows a cell takes.
enum CellPick : int16_t { kPickFirst = 0, kPickSecond = 1, kPickMean = 2 };

// out[i] = (p gain + 8) >> 4, where p is first[i], second[i] or (first[i] + second[i] + 1) >> 1 as pick[i] says.
// `gain`: 0..kGainUnit, which leaves p as it is. `out` is none of the rows.
struct RowBlend {
  const int16_t* first = nullptr;
  const int16_t* second = nullptr;
  const int16_t* pick = nullptr;
  int gain = kGainUnit;
};
void BlendRow(const RowBlend& blend, std::span<int16_t> out);
void BlendRowPlain(const RowBlend& blend, std::span<int16_t> out);

// values[i] = (values[i] gain + 8) >> 4
void ScaleByGain(int gain, std::span<int16_t> values);
void ScaleByGainPlain(int gain, std::span<int16_t> values);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_PREDICT_ROWS_H_
