// packet_bytes.h: stream headers and packets as bytes (docs/bitstream.md), for lines and containers of other kinds.
// Each packet stands alone, and can be read without those before it. Header bytes followed by packet bytes are a .fsc
// stream, which may end without an index; FeatureEncoder writes shorter ones, whose packets go by those before them.
#ifndef FSC_PACKET_BYTES_H_
#define FSC_PACKET_BYTES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "fsc/export.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

// kUsage for what no reader takes.
FSC_EXPORT Result<std::vector<uint8_t>> HeaderBytes(const StreamHeader& header);
FSC_EXPORT Result<std::vector<uint8_t>> PacketBytes(const Packet& packet, const StreamHeader& header);

// kBadInput for what is damaged, over the limits, or not exactly one header or packet.
FSC_EXPORT Result<StreamHeader> HeaderOf(std::span<const uint8_t> bytes, const Limits& limits = {});
FSC_EXPORT Result<Packet> PacketOf(std::span<const uint8_t> bytes, const StreamHeader& header,
                                   const Limits& limits = {});

}  // namespace fsc

#endif  // FSC_PACKET_BYTES_H_
