#include "codec/latent/predict_rows.h"

namespace fsc {

void BlendRowPlain(const RowBlend& blend, std::span<int16_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const int first = blend.first[i];
    const int second = blend.second[i];
    const int16_t pick = blend.pick[i];
    const int p = pick == kPickFirst ? first : pick == kPickSecond ? second : (first + second + 1) >> 1;
    out[i] = int16_t((p * blend.gain + 8) >> 4);
  }
}

void ScaleByGainPlain(int gain, std::span<int16_t> values) {
  for (int16_t& value : values) value = int16_t((value * gain + 8) >> 4);
}

}  // namespace fsc
