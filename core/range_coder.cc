#include "core/range_coder.h"

#include <algorithm>
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

void RangeEncoder::WriteWaiting() {
  const uint64_t waiting = low_ >> 32;
  // A carry runs back through bytes of 0xFF. It never leaves the first byte: the whole is a fraction below one.
  if (waiting >> waiting_bits_ != 0) {
    for (size_t i = bytes_.size(); i > 0 && ++bytes_[i - 1] == 0; --i) {
    }
  }
  while (waiting_bits_ > 0) {
    waiting_bits_ -= 8;
    bytes_.push_back(uint8_t(waiting >> waiting_bits_));
  }
  low_ = uint32_t(low_);
}

void RangeEncoder::Bypass(uint32_t value, int count) {
  while (count-- > 0) {
    range_ >>= 1;
    if ((value >> count) & 1) low_ += range_;
    Normalise();
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
  WriteWaiting();
  for (int shift = 24; shift >= 0; shift -= 8) bytes_.push_back(uint8_t(low_ >> shift));
  for (int i = 0; i < 4 && !bytes_.empty() && bytes_.back() == 0; ++i) bytes_.pop_back();
  std::vector<uint8_t> result = std::move(bytes_);
  *this = RangeEncoder();
  return result;
}

RangeDecoder::RangeDecoder(std::span<const uint8_t> bytes) : bytes_(bytes) {
  Fill();
  window_ <<= 32;
  ahead_ = 0;
}

uint32_t RangeDecoder::LastBytes(std::span<const uint8_t> bytes, size_t from) {
  uint32_t next = 0;
  for (size_t i = from; i < from + 4; ++i) next = next << 8 | (i < bytes.size() ? bytes[i] : 0);
  return next;
}

double RangeDecoder::bits_read() const {
  const size_t bytes = std::min(used(), bytes_.size() + kMostUnwritten + 1);
  return 8.0 * double(bytes) - std::log2(double(range_));
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
