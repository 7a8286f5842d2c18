#include "core/range_coder.h"

#include <array>
#include <bit>
#include <cmath>

namespace fsc {
namespace {

constexpr int kMaxGolombPrefix = 24;
constexpr int kCostSteps = 2048;  // probabilities that the cost table tells apart

std::array<uint32_t, kCostSteps> MakeCostTable() {
  std::array<uint32_t, kCostSteps> table{};
  for (int i = 0; i < kCostSteps; ++i) table[i] = uint32_t(std::lround(-256.0 * std::log2((i + 0.5) / kCostSteps)));
  return table;
}

}  // namespace

uint32_t BitCost256(const BitModel& model, bool bit) {
  static const std::array<uint32_t, kCostSteps> kTable = MakeCostTable();
  const uint32_t one = model.one_probability();
  return kTable[(bit ? one : 65536 - one) * kCostSteps >> 16];
}

void RangeEncoder::ShiftOut() {
  // `cache_` and the 0xFF bytes behind it wait until it is known whether a carry runs through them.
  if (uint32_t(low_) < 0xFF000000u || low_ >> 32 != 0) {
    const uint8_t carry = uint8_t(low_ >> 32);
    if (!first_) bytes_.push_back(uint8_t(cache_ + carry));
    first_ = false;
    for (; pending_ > 0; --pending_) bytes_.push_back(uint8_t(0xFF + carry));
    cache_ = uint8_t(low_ >> 24);
  } else {
    ++pending_;
  }
  low_ = uint32_t(low_) << 8;
  range_ <<= 8;
}

void RangeEncoder::Bypass(uint32_t value, int count) {
  while (count-- > 0) {
    range_ >>= 1;
    if ((value >> count) & 1) low_ += range_;
    while (range_ < kBottom) ShiftOut();
  }
}

void RangeEncoder::Golomb(uint32_t value, int k) {
  const uint32_t v = value + (1u << k);
  const int bits = std::bit_width(v);  // >= k + 1
  for (int i = k + 1; i < bits; ++i) Bypass(1, 1);
  if (bits - k - 1 < kMaxGolombPrefix) Bypass(0, 1);
  Bypass(v, bits - 1);
}

std::vector<uint8_t> RangeEncoder::Finish() {
  // The value in [low, low + range) with the most trailing zero bits; the decoder reads zeros past the end, so up to
  // four zero bytes need not be written.
  const uint64_t top = low_ + range_ - 1;
  for (int zero_bits = 32; zero_bits >= 0; --zero_bits) {
    const uint64_t value = top >> zero_bits << zero_bits;
    if (value >= low_) {
      low_ = value;
      break;
    }
  }
  for (int i = 0; i < 5; ++i) ShiftOut();
  for (int i = 0; i < 4 && !bytes_.empty() && bytes_.back() == 0; ++i) bytes_.pop_back();
  std::vector<uint8_t> result = std::move(bytes_);
  *this = RangeEncoder();
  return result;
}

RangeDecoder::RangeDecoder(std::span<const uint8_t> bytes) : bytes_(bytes) {
  for (int i = 0; i < 4; ++i) ShiftIn();
  range_ = 0xFFFFFFFFu;
}

double RangeDecoder::bits_read() const {
  return 8.0 * double(position_ + size_t(past_end_)) - std::log2(double(range_));
}

uint32_t RangeDecoder::Bypass(int count) {
  uint32_t value = 0;
  while (count-- > 0) {
    range_ >>= 1;
    const bool bit = code_ >= range_;
    if (bit) code_ -= range_;
    value = value << 1 | uint32_t{bit};
    while (range_ < kBottom) ShiftIn();
  }
  return value;
}

uint32_t RangeDecoder::Golomb(int k) {
  int extra = 0;
  while (extra < kMaxGolombPrefix && Bypass(1) == 1) ++extra;
  const int bits = extra + k;
  // A prefix that no encoder writes is cut to what a value below 2^24 can have.
  const int kept = bits < kMaxGolombPrefix + 1 ? bits : kMaxGolombPrefix + 1;
  return ((1u << kept) | Bypass(kept)) - (1u << k);
}

}  // namespace fsc
