#include "core/byte_writer.h"

#include <bit>

namespace fsc {

void ByteWriter::LittleEndian(uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes_.push_back(uint8_t(value >> (8 * i)));
}

void ByteWriter::F32(float value) {
  U32(std::bit_cast<uint32_t>(value));
}

void ByteWriter::Leb128(uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(uint8_t(value) | 0x80);
    value >>= 7;
  }
  bytes_.push_back(uint8_t(value));
}

void ByteWriter::SignedLeb128(int64_t value) {
  Leb128((uint64_t(value) << 1) ^ uint64_t(value >> 63));
}

void ByteWriter::String(std::string_view text) {
  Leb128(text.size());
  bytes_.insert(bytes_.end(), text.begin(), text.end());
}

}  // namespace fsc
