// short_crc.h: the two short checksums of packets. Like CRC-32C they are reflected, with an initial value and a final
// XOR of all ones.
#ifndef FSC_CORE_SHORT_CRC_H_
#define FSC_CORE_SHORT_CRC_H_

#include <cstdint>
#include <span>

namespace fsc {

// Polynomial 0x1021 (CRC-16/IBM-SDLC): finds up to 3 wrong bits in 4095 bytes. "123456789" gives 0x906E. `previous`:
// the CRC of what came before; 0 at the start.
uint32_t Crc16(std::span<const uint8_t> bytes, uint32_t previous = 0);

// Polynomial 0x5D6DCB: finds up to 5 wrong bits in 256 bytes, itself counted. "123456789" gives 0x2F27EE.
uint32_t Crc24(std::span<const uint8_t> bytes, uint32_t previous = 0);

}  // namespace fsc

#endif  // FSC_CORE_SHORT_CRC_H_
