// packet_envelope.h: what stands before the payload of a packet and the checksum behind it (docs/bitstream.md,
// "Packet").
#ifndef FSC_STREAMS_PACKET_ENVELOPE_H_
#define FSC_STREAMS_PACKET_ENVELOPE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/status.h"
#include "streams/packet_forecast.h"

namespace fsc {

// Of timestamps and frame numbers. The distance between two, and that plus one, do not overflow.
inline constexpr int64_t kMaxTicks = (int64_t{1} << 62) - 1;
inline constexpr size_t kMaxSections = 1024;

// Packets of up to 64 bytes are sealed by two bytes, of up to 256 bytes by three, others by four. The first byte of a
// packet says which, so that a wrong length does not weaken the checksum of a long packet.
class PacketChecksum {
 public:
  // `bytes`: 2, 3 or 4.
  explicit PacketChecksum(int bytes) : bytes_(bytes) {}
  void Add(std::span<const uint8_t> bytes);
  int size_bytes() const { return bytes_; }
  std::vector<uint8_t> Bytes() const;

 private:
  int bytes_;
  uint32_t value_ = 0;
};

// Byte after byte of whatever is parsed. Past its end it gives zeros and says so.
class ByteFeed {
 public:
  virtual ~ByteFeed() = default;
  virtual uint8_t Next() = 0;
  virtual bool ended() const = 0;
};

struct PacketEnvelope {
  enum class Kind { kFrame, kIndex, kOptional };
  Kind kind = Kind::kFrame;
  Packet packet;       // of a frame: all but the payload
  bool alone = false;  // .. it goes by no packet before it
  uint64_t payload_bytes = 0;
  int checksum_bytes = 4;
};

// The bytes before the payload of a frame packet, and the length of its checksum.
struct EnvelopeBytes {
  std::vector<uint8_t> front;
  int checksum_bytes = 4;

  size_t size() const { return front.size() + size_t(checksum_bytes); }
};
// As the packet stands in a stream after the packets that `forecast` knows. The packet was checked.
EnvelopeBytes EnvelopeInStream(const Packet& packet, const PacketForecast& forecast);
// As it stands alone, and may stand in any stream of `header`.
EnvelopeBytes EnvelopeAlone(const Packet& packet, const StreamHeader& header);
// What a packet of so many layers takes in a stream, payload included, where its number and its time are as expected.
size_t UsualBytes(const Packet& packet, std::string_view mode, size_t layers);
// Of an index or an optional packet: its first bytes.
std::vector<uint8_t> IndexFront(uint64_t payload_bytes);
std::vector<uint8_t> OptionalFront(uint8_t tag, uint64_t payload_bytes);

// Parses what stands before a payload. `feed` is at its end after an error, or anywhere. kBadInput for what no writer
// makes; of an ended feed, any error.
Result<PacketEnvelope> ParseEnvelope(ByteFeed* feed, const PacketForecast& forecast, size_t layer_count,
                                     const Limits& limits, const std::string& where);

}  // namespace fsc

#endif  // FSC_STREAMS_PACKET_ENVELOPE_H_
