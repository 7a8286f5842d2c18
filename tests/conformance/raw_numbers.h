// raw_numbers.h: the range-coded numbers of a mode configuration (docs/latent-mode.md, "Mode configuration"), whatever
// their values: for streams that no encoder writes.
#ifndef FSC_CONFORMANCE_RAW_NUMBERS_H_
#define FSC_CONFORMANCE_RAW_NUMBERS_H_

#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/range_coder.h"

namespace fsc::conformance {

inline void WriteNumbers(const std::vector<int>& numbers, int golomb, bool differences, RangeEncoder* out) {
  BitModel zero;
  std::array<BitModel, 14> longer;
  int last = 0;
  for (const int number : numbers) {
    const int value = number - last;
    if (differences) last = number;
    out->Bit(zero, value == 0);
    if (value == 0) continue;
    out->Bypass(value < 0, 1);
    const int m = std::abs(value) - 1;
    int i = 0;
    for (bool more = true; more && i < 14; i += more) {
      more = m > i;
      out->Bit(longer[size_t(i)], more);
    }
    if (i == 14) out->Golomb(uint32_t(m - 14), golomb);
  }
}

inline std::vector<uint8_t> WriteNumbers(const std::vector<int>& means, const std::vector<int>& scales,
                                         const std::vector<int>& precisions) {
  RangeEncoder numbers;
  WriteNumbers(means, 4, false, &numbers);
  WriteNumbers(scales, 2, true, &numbers);
  WriteNumbers(precisions, 2, true, &numbers);
  return numbers.Finish();
}

}  // namespace fsc::conformance

#endif  // FSC_CONFORMANCE_RAW_NUMBERS_H_
