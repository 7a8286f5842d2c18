#include "core/byte_reader.h"

#include <bit>

namespace fsc {

std::span<const uint8_t> ByteReader::Bytes(uint64_t count) {
  if (broken_ || count > left()) {
    broken_ = true;
    return {};
  }
  const auto result = bytes_.subspan(position_, count);
  position_ += count;
  return result;
}

uint64_t ByteReader::LittleEndian(size_t count) {
  const auto bytes = Bytes(count);
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value |= uint64_t(bytes[i]) << (8 * i);
  return value;
}

float ByteReader::F32() {
  return std::bit_cast<float>(U32());
}

uint64_t ByteReader::Leb128() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = U8();
    if (broken_) return 0;
    if (shift == 63 && byte > 1) break;  // would not fit in 64 bits
    value |= uint64_t(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  broken_ = true;
  return 0;
}

int64_t ByteReader::SignedLeb128() {
  const uint64_t zigzag = Leb128();
  return int64_t(zigzag >> 1) ^ -int64_t(zigzag & 1);
}

std::string ByteReader::String(size_t max_bytes) {
  const uint64_t size = Leb128();
  if (size > max_bytes) {
    broken_ = true;
    return {};
  }
  const auto bytes = Bytes(size);
  return std::string(bytes.begin(), bytes.end());
}

Status ByteReader::Check(const std::string& what, const std::string& where) const {
  if (broken_)
    return BadInput(what + " is cut short or malformed", where, "the data is damaged: transfer or encode it again");
  return {};
}

Status ByteReader::CheckAtEnd(const std::string& what, const std::string& where) const {
  FSC_RETURN_IF_ERROR(Check(what, where));
  if (left() != 0) {
    return BadInput(what + " has " + std::to_string(left()) + " bytes too many", where,
                    "the data is damaged or of a newer version");
  }
  return {};
}

}  // namespace fsc
