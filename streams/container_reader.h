// container_reader.h: reads a .fsc stream from bytes that nobody has vouched for.
//
// Works on files (with seeking, through the index or, where there is none, by scanning) and on pipes (forward only).
#ifndef FSC_STREAMS_CONTAINER_READER_H_
#define FSC_STREAMS_CONTAINER_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "streams/container_syntax.h"
#include "streams/packet_envelope.h"

namespace fsc {

class ContainerReader {
 public:
  // Reads the header and checks it against `limits`. `source` is borrowed and must outlive the reader.
  static Result<std::unique_ptr<ContainerReader>> Open(ByteSource* source, const Limits& limits);

  // The one packet that `source` holds, as it stands alone in a stream of `header`. kBadInput for anything else.
  static Result<Packet> ReadOne(ByteSource* source, const StreamHeader& header, const Limits& limits);

  const StreamHeader& header() const { return header_; }
  // The mode configuration in force for the packet that Next() gives next, unless that one brings its own.
  const std::vector<uint8_t>& mode_config() const { return mode_config_; }

  // The next packet; nullopt at the end of the stream (at the index, or where a live stream stops between packets).
  // kBadInput for a packet that is cut or fails its CRC: the message names the packet, its byte and the last good
  // frame; later calls give the same error until a seek. A payload is read in growing pieces: memory follows what is
  // there, not what a length claims.
  Result<std::optional<Packet>> Next();

  // All packets, found by walking along their envelopes from one point of the stored index to the next; where that does
  // not hold, by reading them all (a cut file gives the packets before the cut). Needs a source that can seek (kUsage
  // otherwise); keeps the reading position. `complete` false = the file is cut or damaged, `damage` says where.
  Result<StreamIndex> ReadIndex();

  // Moves to the last random-access packet at or before `frame_number`, so that Next() gives it, and finds
  // mode_config(). Walks along the packets from there to the next such packet alone. kUsage when the stream has no such
  // frame or the source cannot seek, kBadInput when the stream is damaged before it, or where its configuration is.
  Status SeekToFrame(int64_t frame_number);

  uint64_t position_bytes() const { return position_; }

 private:
  // The front of a packet, read.
  struct Front {
    uint64_t offset_bytes = 0;
    PacketEnvelope envelope;
    PacketChecksum checksum{kCrcBytes};  // of the bytes read so far
  };
  class SourceFeed;

  ContainerReader(ByteSource* source, const Limits& limits) : source_(source), limits_(limits) {}

  Status ReadHeader();
  Result<uint64_t> ReadLength(PacketChecksum* checksum);
  Result<std::optional<Packet>> ReadPacket();
  Result<std::optional<Front>> ReadFront(const PacketForecast& forecast);
  Result<Packet> ReadPayload(Front* front);
  Status ReadEnd(Front* front);
  Result<size_t> ReadUpTo(std::span<uint8_t> out);
  Status ReadExactly(std::span<uint8_t> out);
  Status ReadGrowing(uint64_t count, PacketChecksum* checksum, std::vector<uint8_t>* bytes);
  Status SkipChecked(uint64_t count, PacketChecksum* checksum);
  Status CheckSeal(const PacketChecksum& checksum);
  Status MoveTo(uint64_t position);

  // ---- container_reader_seek.cc
  struct StoredIndex {
    PointIndex index;
    uint64_t end_bytes = 0;  // of the packets
  };
  Result<StoredIndex> ReadStoredIndex();
  Result<StoredIndex> FindStoredIndex(uint64_t size_bytes);
  Result<StreamIndex> FindIndex();
  Result<std::vector<IndexEntry>> WalkAll(const StoredIndex& stored);
  // Appends the frame packets from point `i` of the index to the next one; with i = -1, those before the first point.
  // kBadInput where the index says otherwise.
  Status Walk(const StoredIndex& stored, ptrdiff_t i, std::vector<IndexEntry>* entries);
  StreamIndex Scan();
  Status SeekByPoints(const StoredIndex& stored, int64_t frame_number);
  Status SeekTo(const StreamIndex& index, int64_t frame_number);
  Status StartAt(std::span<const IndexEntry> starts, size_t target, const std::string& where);
  Result<Front> ReadPromised(const IndexEntry& target, const std::string& where);
  Result<std::vector<uint8_t>> FindConfiguration(std::span<const IndexEntry> starts, size_t target,
                                                 const std::string& where);

  std::string Where() const;
  Error Damaged(const std::string& what) const;
  Error Cut() const;

  ByteSource* source_;
  Limits limits_;
  StreamHeader header_;
  std::optional<PacketForecast> forecast_;  // once the header is read
  std::vector<uint8_t> mode_config_;
  uint64_t position_ = 0;  // bytes consumed from the start of the file
  uint64_t header_end_ = 0;
  bool in_header_ = true;  // it is being read
  int64_t packets_read_ = 0;
  uint64_t packet_offset_ = 0;                   // of the packet being read, for messages
  std::optional<int64_t> last_good_frame_ = -1;  // -1 = there was none; none = after a seek, unknown
  bool finished_ = false;
  std::optional<Error> failure_;       // sticks until the next seek
  std::optional<StoredIndex> stored_;  // once found
  std::optional<StreamIndex> index_;   // once found complete
};

}  // namespace fsc

#endif  // FSC_STREAMS_CONTAINER_READER_H_
