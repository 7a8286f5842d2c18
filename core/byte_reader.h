// byte_reader.h: reads what ByteWriter writes, from bytes that nobody has vouched for.
//
// A read past the end, an over-long LEB128 or a string longer than its limit yields zero (or an empty string) and marks
// the reader broken; parsing code stays free of per-field checks and asks Check() before it believes anything that it
// read.
#ifndef FSC_CORE_BYTE_READER_H_
#define FSC_CORE_BYTE_READER_H_

#include <cstdint>
#include <span>
#include <string>

#include "fsc/status.h"

namespace fsc {

class ByteReader {
 public:
  // Borrows `bytes`, which must outlive the reader.
  explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint8_t U8() { return uint8_t(LittleEndian(1)); }
  uint16_t U16() { return uint16_t(LittleEndian(2)); }
  uint32_t U32() { return uint32_t(LittleEndian(4)); }
  uint64_t U64() { return LittleEndian(8); }
  float F32();  // any bit pattern: the caller checks that the value is finite and in range
  uint64_t Leb128();
  int64_t SignedLeb128();
  std::string String(size_t max_bytes);
  // The next `count` bytes, borrowed; empty and broken where fewer are left.
  std::span<const uint8_t> Bytes(uint64_t count);

  size_t position() const { return position_; }
  size_t left() const { return bytes_.size() - position_; }
  bool broken() const { return broken_; }
  void MarkBroken() { broken_ = true; }

  // kBadInput "<what> is cut short or malformed" once the reader is broken.
  Status Check(const std::string& what, const std::string& where) const;
  // The same, and also when bytes are left over.
  Status CheckAtEnd(const std::string& what, const std::string& where) const;

 private:
  uint64_t LittleEndian(size_t count);

  std::span<const uint8_t> bytes_;
  size_t position_ = 0;  // <= bytes_.size()
  bool broken_ = false;
};

}  // namespace fsc

#endif  // FSC_CORE_BYTE_READER_H_
