// container_syntax.h: the bytes of each part of a .fsc stream, written and parsed side by side (docs/bitstream.md).
//
// No input or output. Only container_reader.cc and container_writer.cc use it. Packets: packet_envelope.h.
#ifndef FSC_STREAMS_CONTAINER_SYNTAX_H_
#define FSC_STREAMS_CONTAINER_SYNTAX_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/byte_writer.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/status.h"
#include "streams/packet_forecast.h"

namespace fsc {

// As in PNG: the high bit shows a 7-bit transfer, CR LF and LF show text-mode ones, 0x1A stops a DOS listing.
inline constexpr std::array<uint8_t, 8> kSignature = {0x89, 'F', 'S', 'C', 0x0d, 0x0a, 0x1a, 0x0a};
inline constexpr std::array<uint8_t, 4> kEndSignature = {'C', 'S', 'F', 0x89};

inline constexpr size_t kHeaderStartBytes = 8 + 1 + 1;  // signature, version, flags
inline constexpr size_t kCrcBytes = 4;                  // of header, index and optional packets
inline constexpr size_t kFooterBytes = 4 + 4;           // bytes of the index packet, end signature

// Stream header. kBadInput names the field that is outside `limits`.
Status CheckStreamHeader(const StreamHeader& header, const Limits& limits, const std::string& where);
// Signature to profile, without the CRC. The header was checked.
std::vector<uint8_t> SerializeStreamHeader(const StreamHeader& header);
std::vector<uint8_t> SerializeHeaderBody(const StreamHeader& header);
// `bytes`: as many of the first kHeaderStartBytes as the source has.
Status CheckHeaderStart(std::span<const uint8_t> bytes, const std::string& where);
Status CheckHeaderLengths(uint64_t body_bytes, uint64_t profile_bytes, const Limits& limits, const std::string& where);
Result<StreamHeader> ParseHeaderBody(std::span<const uint8_t> body, std::span<const uint8_t> profile,
                                     const Limits& limits, const std::string& where);

// The index: where decoding can start, and how many frame packets there are. All others are found by walking on from
// there.
struct IndexPoint {
  IndexEntry entry;        // random access; its type and its size are not in the index
  int64_t packets_before;  // frame packets of the stream before this one
};
struct PointIndex {
  int64_t packets = 0;  // frame packets of the stream
  std::vector<IndexPoint> points;
};

// Points are differences from the one before and from what is expected there.
class IndexWriter {
 public:
  // `first_offset_bytes`: where packets begin.
  IndexWriter(const StreamHeader& header, uint64_t first_offset_bytes)
      : forecast_(header), last_offset_bytes_(first_offset_bytes) {}
  // Every frame packet; those that are not random-access are only counted.
  void Add(const IndexEntry& entry);
  int64_t count() const { return packets_; }
  std::vector<uint8_t> Payload() const;

 private:
  PacketForecast forecast_;  // of points alone
  ByteWriter points_;
  int64_t point_count_ = 0;
  int64_t packets_ = 0;
  int64_t packets_at_point_ = 0;  // before the last point
  uint64_t last_offset_bytes_;
  int64_t last_number_ = 0;
};
// `index_offset_bytes`: where packets end.
Result<PointIndex> ParseIndex(std::span<const uint8_t> payload, const StreamHeader& header, uint64_t first_offset_bytes,
                              uint64_t index_offset_bytes, const Limits& limits, const std::string& where);

// Footer.
std::vector<uint8_t> SerializeFooter(uint64_t index_packet_bytes);
// The length of the index packet; nullopt when these are not the bytes of a footer.
std::optional<uint64_t> ParseFooter(std::span<const uint8_t> bytes);

}  // namespace fsc

#endif  // FSC_STREAMS_CONTAINER_SYNTAX_H_
