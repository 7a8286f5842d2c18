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
#include <bit>
#include <cstdint>
#include <cstring>
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
    low_ += bit ? 0 : bound;
    range_ = bit ? bound : range_ - bound;
    model.Update(bit);
    Normalise();
  }
  // The low `count` bits (0..32) of `value`, highest first, each with probability 1/2.
  void Bypass(uint32_t value, int count);
  // Exponential Golomb code of order k (0..16), `value` < 2^24: v + 2^k written as a unary length and the bits under
  // its top bit.
  void Golomb(uint32_t value, int k);

  // Bytes so far, within 5 of what Finish() gives.
  size_t size_bytes() const { return bytes_.size() + size_t(waiting_bits_) / 8; }
  // Closes the stream with as few bytes as tell it apart. The encoder is empty and ready again afterwards.
  std::vector<uint8_t> Finish();

 private:
  static constexpr uint32_t kBottom = 1u << 24;
  static constexpr int kMostWaitingBits = 8;  // between two calls: one may add 16, and then the carry has room above

  // Whole bytes until the range is large enough again. No model leaves less than 2^12 of it.
  void Normalise() {
    if (range_ >= kBottom) return;
    const int bits = std::countl_zero(range_) & ~7;
    range_ <<= bits;
    low_ <<= bits;
    waiting_bits_ += bits;
    if (waiting_bits_ > kMostWaitingBits) WriteWaiting();
  }
  void WriteWaiting();

  uint64_t low_ = 0;      // from below: 32 bits, those that wait to be written, and a carry
  int waiting_bits_ = 0;  // a multiple of 8
  uint32_t range_ = 0xFFFFFFFFu;
  std::vector<uint8_t> bytes_;
};

// Decodes any bytes at all without harm; past the end it reads zeros.
class RangeDecoder {
 public:
  // Borrows `bytes`, which must outlive the decoder.
  explicit RangeDecoder(std::span<const uint8_t> bytes);

  bool Bit(BitModel& model) {
    const uint32_t bound = uint32_t((uint64_t{range_} * model.one_probability()) >> 16);
    const uint64_t top = uint64_t{bound} << 32;
    const bool bit = window_ < top;
    window_ -= bit ? 0 : top;
    range_ = bit ? bound : range_ - bound;
    model.Update(bit);
    if (range_ < kBottom) Normalise();
    return bit;
  }
  uint32_t Bypass(int count) {
    uint32_t value = 0;
    while (count-- > 0) {
      range_ >>= 1;
      // Without a branch, which would be mispredicted every other time. The difference fits 63 bits and a sign.
      const uint64_t top = uint64_t{range_} << 32;
      const int64_t rest = int64_t(window_ - top);
      const int64_t is_zero = rest >> 63;  // all bits, or none
      window_ = uint64_t(rest) + (top & uint64_t(is_zero));
      value = value << 1 | uint32_t(is_zero + 1);
      if (range_ < kBottom) Normalise();
    }
    return value;
  }
  // Longest prefix 24 bits: returns less than 2^26 whatever the bytes are.
  uint32_t Golomb(int k);

  // Information taken in so far, in bits: what the bits and models read have cost.
  double bits_read() const;

  // True once more was read than any encoder leaves unwritten: the bytes are cut short or damaged.
  bool overrun() const { return used() > bytes_.size() + kMostUnwritten; }

 private:
  static constexpr uint32_t kBottom = 1u << 24;
  static constexpr size_t kMostUnwritten = 4;  // bytes

  void Normalise() {
    do {
      if (ahead_ == 0) Fill();
      range_ <<= 8;
      window_ <<= 8;
      ahead_ -= 8;
    } while (range_ < kBottom);
  }
  // The next four bytes behind `code`.
  void Fill() {
    if (bytes_.size() >= loaded_ + 4) {
      uint32_t next;
      std::memcpy(&next, bytes_.data() + loaded_, sizeof(next));
      if constexpr (std::endian::native == std::endian::little) next = __builtin_bswap32(next);
      window_ |= next;
    } else {
      window_ |= LastBytes(bytes_, loaded_);
    }
    loaded_ += 4;
    ahead_ = 32;
  }
  // Four bytes from `from` on, zeros behind the end. No member: a decoder whose address is not taken stays in
  // registers.
  static uint32_t LastBytes(std::span<const uint8_t> bytes, size_t from);
  // Bytes that went into `code`, those behind the end included.
  size_t used() const { return loaded_ - size_t(ahead_) / 8; }

  std::span<const uint8_t> bytes_;
  size_t loaded_ = 0;    // bytes that went into the window
  uint64_t window_ = 0;  // the upper half is `code`, below it the bits that come next
  int ahead_ = 0;        // how many of them are there
  uint32_t range_ = 0xFFFFFFFFu;
};

}  // namespace fsc

#endif  // FSC_CORE_RANGE_CODER_H_
