// container_syntax.h: the bytes of each part of a .fsc stream, written and parsed side by side (docs/bitstream.md).
//
// Pure functions on byte strings: no input or output, no state. Only container_reader.cc and container_writer.cc use
// them.
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

namespace fsc {

// As in PNG: the high bit shows a 7-bit transfer, CR LF and LF show text-mode ones, 0x1A stops a DOS listing.
inline constexpr std::array<uint8_t, 8> kSignature = {0x89, 'F', 'S', 'C', 0x0d, 0x0a, 0x1a, 0x0a};
inline constexpr std::array<uint8_t, 8> kEndSignature = {0x0a, 0x1a, 0x0a, 0x0d, 'C', 'S', 'F', 0x89};

inline constexpr size_t kHeaderPrefixBytes = 8 + 1 + 1 + 4 + 4;  // signature, version, flags, two lengths
inline constexpr size_t kCrcBytes = 4;
inline constexpr size_t kFooterBytes = 8 + 4 + 8;  // index offset, its CRC, end signature

// The first byte of a packet. A reader skips a tag that it does not know when kOptionalTag is set, and refuses it
// otherwise.
inline constexpr uint8_t kOptionalTag = 0x80;
inline constexpr uint8_t kFrameTag = 'F';
inline constexpr uint8_t kIndexTag = 'I';

inline constexpr uint64_t kMaxPacketHeaderBytes = 65536;
// Of timestamps and frame numbers. The distance between two, and that plus one, do not overflow.
inline constexpr int64_t kMaxTicks = (int64_t{1} << 62) - 1;

// Stream header. kBadInput names the field that is outside `limits`.
Status CheckStreamHeader(const StreamHeader& header, const Limits& limits, const std::string& where);
// Signature to profile, without the CRC. The header was checked.
std::vector<uint8_t> SerializeStreamHeader(const StreamHeader& header);
struct HeaderPrefix {
  uint64_t body_bytes = 0;
  uint64_t profile_bytes = 0;
};
// `bytes`: as many of the first kHeaderPrefixBytes as the source has.
Result<HeaderPrefix> ParseHeaderPrefix(std::span<const uint8_t> bytes, const Limits& limits, const std::string& where);
Result<StreamHeader> ParseHeaderBody(std::span<const uint8_t> body, std::span<const uint8_t> profile,
                                     const Limits& limits, const std::string& where);

// Frame packet.
std::vector<uint8_t> SerializeFrameHeader(const Packet& packet);
// A packet without payload. kBadInput when the sections do not add up to `payload_bytes`.
Result<Packet> ParseFrameHeader(std::span<const uint8_t> bytes, uint64_t payload_bytes, size_t layer_count,
                                const std::string& where);
// Tag and lengths that stand before every packet.
std::vector<uint8_t> SerializePacketPrefix(uint8_t tag, uint64_t header_bytes, uint64_t payload_bytes);
// All that a frame packet takes in the container: prefix, header, payload and checksum.
size_t SerializedBytes(const Packet& packet);

// Index. Entries are differences from the entry before, so that they cannot overlap or run backwards.
class IndexWriter {
 public:
  explicit IndexWriter(uint64_t first_offset_bytes) : end_bytes_(first_offset_bytes) {}
  void Add(const IndexEntry& entry);
  int64_t count() const { return count_; }
  std::vector<uint8_t> Payload() const;

 private:
  ByteWriter entries_;
  int64_t count_ = 0;
  uint64_t end_bytes_;  // of the entry before
  int64_t frame_number_ = 0;
  int64_t timestamp_ticks_ = 0;
};
// `first_offset_bytes`: where packets begin; `index_offset_bytes`: where they end.
Result<std::vector<IndexEntry>> ParseIndex(std::span<const uint8_t> payload, uint64_t first_offset_bytes,
                                           uint64_t index_offset_bytes, const Limits& limits, const std::string& where);

// Footer.
std::vector<uint8_t> SerializeFooter(uint64_t index_offset_bytes);
// The index's offset; nullopt when these are not the bytes of a footer.
std::optional<uint64_t> ParseFooter(std::span<const uint8_t> bytes);

}  // namespace fsc

#endif  // FSC_STREAMS_CONTAINER_SYNTAX_H_
