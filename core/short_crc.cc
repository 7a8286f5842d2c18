#include "core/short_crc.h"

#include <array>

namespace fsc {
namespace {

constexpr std::array<uint32_t, 256> MakeTable(uint32_t reflected_polynomial) {
  std::array<uint32_t, 256> table{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? reflected_polynomial : 0u);
    table[b] = crc;
  }
  return table;
}

constexpr auto kTable16 = MakeTable(0x8408);
constexpr auto kTable24 = MakeTable(0xd3b6ba);

uint32_t Continue(const std::array<uint32_t, 256>& table, uint32_t ones, std::span<const uint8_t> bytes,
                  uint32_t previous) {
  uint32_t crc = previous ^ ones;
  for (const uint8_t byte : bytes) crc = (crc >> 8) ^ table[(crc ^ byte) & 0xff];
  return crc ^ ones;
}

}  // namespace

uint32_t Crc16(std::span<const uint8_t> bytes, uint32_t previous) {
  return Continue(kTable16, 0xffff, bytes, previous);
}

uint32_t Crc24(std::span<const uint8_t> bytes, uint32_t previous) {
  return Continue(kTable24, 0xffffff, bytes, previous);
}

}  // namespace fsc
