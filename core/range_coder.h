// range_coder.h: an adaptive binary range coder: bits and the models that predict them, to bytes and back.
//
// Integers only: the same bytes on every machine. The range is 32 bits wide, carries run through the bytes written so
// far, and a probability has 16 bits. A model is the mean of a fast estimator (1/16) and a slow one (1/128); while it
// has seen few bits both move by 1 / (n + 1.5), so short streams learn at once. docs/latent-mode.md, "Range coder", is
// the specification. The method is the classical one of G. N. N. Martin, "Range encoding" (1979), binary, with
// byte-wise output.
#ifndef FSC_CORE_RANGE_CODER_H_
#define FSC_CORE_RANGE_CODER_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace fsc {

// Adaptation rates of a BitModel that has seen n bits, in 1/65536.
struct BitModelRates {
  uint16_t fast;  // max(1/16, 1 / (n + 1.5)), rounded down
  uint16_t slow;  // max(1/128, 1 / (n + 1.5)), rounded down
};

inline constexpr std::array<BitModelRates, 128> kBitModelRates = [] {
  std::array<BitModelRates, 128> rates{};
  for (int n = 0; n < 128; ++n) {
    const int start = 131072 / (2 * n + 3);
    rates[n] = {uint16_t(start > 4096 ? start : 4096), uint16_t(start > 512 ? start : 512)};
  }
  return rates;
}();

// What is believed about one kind of bit. Copy it freely; 6 bytes.
class BitModel {
 public:
  // P(1) = 1/2 and nothing known.
  BitModel() = default;
  // P(1) = one_probability / 65536, as if `seen` bits had been seen (0..kMaxSeen): more = slower to give it up.
  BitModel(int one_probability, int seen) : fast_(uint16_t(one_probability)), slow_(fast_), seen_(uint16_t(seen)) {}

  static constexpr int kMaxSeen = 127;

  // P(1) in 1/65536, kMinProbability..65536 - kMinProbability: both bits always cost a finite amount.
  uint32_t one_probability() const {
    const uint32_t p = (uint32_t{fast_} + slow_) >> 1;
    return p < kMinProbability ? kMinProbability : (p > 65536 - kMinProbability ? 65536 - kMinProbability : p);
  }
  int seen() const { return seen_; }

  void Update(bool bit) {
    const int32_t target = bit ? 65535 : 0;
    const BitModelRates rate = kBitModelRates[seen_];
    fast_ = uint16_t(fast_ + (((target - fast_) * int64_t{rate.fast}) >> 16));
    slow_ = uint16_t(slow_ + (((target - slow_) * int64_t{rate.slow}) >> 16));
    seen_ += seen_ < kMaxSeen;
  }

  static constexpr uint32_t kMinProbability = 24;

 private:
  uint16_t fast_ = 32768;
  uint16_t slow_ = 32768;
  uint16_t seen_ = 0;
};

// The ideal length of `bit` under `model`, in 1/256 bit. For decisions of an encoder, never for syntax.
uint32_t BitCost256(const BitModel& model, bool bit);

class RangeEncoder {
 public:
  void Bit(BitModel& model, bool bit) {
    const uint32_t bound = uint32_t((uint64_t{range_} * model.one_probability()) >> 16);
    if (bit) {
      range_ = bound;
    } else {
      low_ += bound;
      range_ -= bound;
    }
    model.Update(bit);
    while (range_ < kBottom) ShiftOut();
  }
  // The low `count` bits (0..32) of `value`, highest first, each with probability 1/2.
  void Bypass(uint32_t value, int count);
  // Exponential Golomb code of order k (0..16), `value` < 2^24: v + 2^k written as a unary length and the bits under
  // its top bit.
  void Golomb(uint32_t value, int k);

  // Bytes so far, within 5 of what Finish() gives.
  size_t size_bytes() const { return bytes_.size() + pending_; }
  // Closes the stream with as few bytes as tell it apart. The encoder is empty and ready again afterwards.
  std::vector<uint8_t> Finish();

 private:
  static constexpr uint32_t kBottom = 1u << 24;

  void ShiftOut();

  uint64_t low_ = 0;  // 32 bits and a carry
  uint32_t range_ = 0xFFFFFFFFu;
  uint64_t pending_ = 0;  // bytes of 0xFF waiting for a possible carry, plus the one in front of them
  uint8_t cache_ = 0;
  bool first_ = true;  // the first byte out is always zero and is not written
  std::vector<uint8_t> bytes_;
};

// Decodes any bytes at all without harm; past the end it reads zeros.
class RangeDecoder {
 public:
  // Borrows `bytes`, which must outlive the decoder.
  explicit RangeDecoder(std::span<const uint8_t> bytes);

  bool Bit(BitModel& model) {
    const uint32_t bound = uint32_t((uint64_t{range_} * model.one_probability()) >> 16);
    const bool bit = code_ < bound;
    if (bit) {
      range_ = bound;
    } else {
      code_ -= bound;
      range_ -= bound;
    }
    model.Update(bit);
    while (range_ < kBottom) ShiftIn();
    return bit;
  }
  uint32_t Bypass(int count);
  // Longest prefix 24 bits: returns less than 2^26 whatever the bytes are.
  uint32_t Golomb(int k);

  // Information taken in so far, in bits: what the bits and models read have cost.
  double bits_read() const;

  // True once more was read than any encoder leaves unwritten: the bytes are cut short or damaged.
  bool overrun() const { return past_end_ > 4; }

 private:
  static constexpr uint32_t kBottom = 1u << 24;

  void ShiftIn() {
    range_ <<= 8;
    code_ <<= 8;
    if (position_ < bytes_.size()) {
      code_ |= bytes_[position_++];
    } else {
      past_end_ += past_end_ <= 4;
    }
  }

  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
  int past_end_ = 0;
  uint32_t range_ = 0xFFFFFFFFu;
  uint32_t code_ = 0;
};

}  // namespace fsc

#endif  // FSC_CORE_RANGE_CODER_H_
