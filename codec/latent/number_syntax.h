// number_syntax.h: how the small numbers of a latent configuration and of its output tables are range-coded: a unary
// length in adaptive bits, then Golomb; with zero flag and sign for signed ones. docs/latent-mode.md says where.
#ifndef FSC_CODEC_LATENT_NUMBER_SYNTAX_H_
#define FSC_CODEC_LATENT_NUMBER_SYNTAX_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/range_coder.h"

namespace fsc {

// `length` < 2^24: ones up to kPrefix, then what is left as Golomb of `order`.
template <size_t kPrefix>
void WriteLength(uint32_t length, int order, std::array<BitModel, kPrefix>* longer, RangeEncoder* out) {
  for (uint32_t i = 0; i < kPrefix; ++i) {
    out->Bit((*longer)[i], length > i);
    if (length <= i) return;
  }
  out->Golomb(length - uint32_t(kPrefix), order);
}

// Any bytes give a length, below 2^26.
template <size_t kPrefix>
uint32_t ReadLength(int order, std::array<BitModel, kPrefix>* longer, RangeDecoder* in) {
  uint32_t length = 0;
  while (length < kPrefix && in->Bit((*longer)[length])) ++length;
  return length < kPrefix ? length : length + in->Golomb(order);
}

template <size_t kPrefix>
struct NumberModels {
  BitModel zero;
  std::array<BitModel, kPrefix> longer;  // of the magnitude less one
};

template <size_t kPrefix>
void WriteNumber(int number, int order, NumberModels<kPrefix>* models, RangeEncoder* out) {
  out->Bit(models->zero, number == 0);
  if (number == 0) return;
  out->Bypass(number < 0, 1);
  WriteLength(uint32_t(number < 0 ? -number : number) - 1, order, &models->longer, out);
}

template <size_t kPrefix>
int ReadNumber(int order, NumberModels<kPrefix>* models, RangeDecoder* in) {
  if (in->Bit(models->zero)) return 0;
  const bool negative = in->Bypass(1) != 0;
  const int magnitude = int(ReadLength(order, &models->longer, in)) + 1;
  return negative ? -magnitude : magnitude;
}

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_NUMBER_SYNTAX_H_
