// half_bytes.h: numbers in half bytes, so that small ones share a byte: three bits of the number each, low ones first,
// the fourth bit set on all but the last. The low half of a byte comes first.
#ifndef FSC_STREAMS_HALF_BYTES_H_
#define FSC_STREAMS_HALF_BYTES_H_

#include <cstdint>
#include <utility>
#include <vector>

namespace fsc {

// Appends to `*out`, beginning with a new byte.
class HalfByteWriter {
 public:
  explicit HalfByteWriter(std::vector<uint8_t>* out) : out_(out) {}
  void Number(uint64_t value) {
    for (; value >= 8; value >>= 3) Half(uint8_t((value & 7) | 8));
    Half(uint8_t(value));
  }

 private:
  void Half(uint8_t half) {
    if (high_) {
      out_->back() |= uint8_t(half << 4);
    } else {
      out_->push_back(half);
    }
    high_ = !high_;
  }

  std::vector<uint8_t>* out_;
  bool high_ = false;
};

// `next` gives one byte after the other.
template <class Next>
class HalfByteReader {
 public:
  explicit HalfByteReader(Next next) : next_(std::move(next)) {}
  // Malformed: longer than it has to be, or 2^33 and beyond.
  uint64_t Number() {
    constexpr int kMostHalves = 11;
    uint64_t value = 0;
    for (int i = 0; i < kMostHalves; ++i) {
      const uint8_t half = Half();
      value |= uint64_t(half & 7) << (3 * i);
      if ((half & 8) != 0) continue;
      malformed_ = malformed_ || (half == 0 && i > 0);
      return value;
    }
    malformed_ = true;
    return 0;
  }
  // Whether all was well, to the end of the byte, of which nothing is left over.
  bool Close() const { return !malformed_ && (!high_ || byte_ == 0); }
  bool malformed() const { return malformed_; }

 private:
  uint8_t Half() {
    if (!high_) byte_ = next_();
    const uint8_t half = byte_ & 15;
    byte_ >>= 4;
    high_ = !high_;
    return half;
  }

  Next next_;
  uint8_t byte_ = 0;
  bool high_ = false;  // the next half is the high one of the byte that was read
  bool malformed_ = false;
};

}  // namespace fsc

#endif  // FSC_STREAMS_HALF_BYTES_H_
