// crc32c.h: the Castagnoli CRC (RFC 3720, section 12.1: polynomial 0x1EDC6F41, reflected, initial value and final XOR
// all ones).
#ifndef FSC_CORE_CRC32C_H_
#define FSC_CORE_CRC32C_H_

#include <cstdint>
#include <span>

namespace fsc {

// CRC of `bytes`, continuing from `previous` (the CRC of what came before; 0 at the start). "123456789" gives
// 0xE3069283.
uint32_t Crc32c(std::span<const uint8_t> bytes, uint32_t previous = 0);

}  // namespace fsc

#endif  // FSC_CORE_CRC32C_H_
