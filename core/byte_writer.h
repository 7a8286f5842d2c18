// byte_writer.h: appends little-endian integers, LEB128 numbers and strings to a byte string it owns.
#ifndef FSC_CORE_BYTE_WRITER_H_
#define FSC_CORE_BYTE_WRITER_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fsc {

class ByteWriter {
 public:
  void U8(uint8_t value) { bytes_.push_back(value); }
  void U16(uint16_t value) { LittleEndian(value, 2); }
  void U32(uint32_t value) { LittleEndian(value, 4); }
  void U64(uint64_t value) { LittleEndian(value, 8); }
  void F32(float value);               // IEEE-754 binary32, little-endian
  void Leb128(uint64_t value);         // unsigned, 7 bits a byte, low bits first, shortest form
  void SignedLeb128(int64_t value);    // zigzag (0, -1, 1, -2, ...) then Leb128
  void String(std::string_view text);  // Leb128 length, then the bytes
  void Bytes(std::span<const uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  size_t size() const { return bytes_.size(); }
  std::span<const uint8_t> bytes() const { return bytes_; }
  std::vector<uint8_t> Take() { return std::move(bytes_); }

 private:
  void LittleEndian(uint64_t value, int count);

  std::vector<uint8_t> bytes_;
};

}  // namespace fsc

#endif  // FSC_CORE_BYTE_WRITER_H_
