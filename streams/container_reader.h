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

namespace fsc {

class ContainerReader {
 public:
  // Reads the header and checks it against `limits`. `source` is borrowed and must outlive the reader.
  static Result<std::unique_ptr<ContainerReader>> Open(ByteSource* source, const Limits& limits);

  // The one packet that `source` holds, of a stream with so many layers. kBadInput for anything else.
  static Result<Packet> ReadOne(ByteSource* source, size_t layer_count, const Limits& limits);

  const StreamHeader& header() const { return header_; }
  // The mode configuration in force for the packet that Next() gives next, unless that one brings its own.
  const std::vector<uint8_t>& mode_config() const { return mode_config_; }

  // The next packet; nullopt at the end of the stream (at the index, or where a live stream stops between packets).
  // kBadInput for a packet that is cut or fails its CRC: the message names the packet, its byte and the last good
  // frame; later calls give the same error until a seek. A payload is read in growing pieces: memory follows what is
  // there, not what a length claims.
  Result<std::optional<Packet>> Next();

  // The index: read from the file's end, or built by scanning packet headers (a cut file gives the packets before the
  // cut). Needs a source that can seek (kUsage otherwise); keeps the reading position. `complete` false = the file is
  // cut or damaged, `damage` says where.
  Result<StreamIndex> ReadIndex();

  // Moves to the last random-access packet at or before `frame_number`, so that Next() gives it, and finds
  // mode_config(). kUsage when the stream has no such frame or the source cannot seek, kBadInput when the stream is
  // damaged before it, or where its configuration is.
  Status SeekToFrame(int64_t frame_number);

  uint64_t position_bytes() const { return position_; }

 private:
  // What stands before the contents of a packet.
  struct Envelope {
    uint64_t offset_bytes = 0;
    uint8_t tag = 0;
    uint64_t header_bytes = 0;
    uint64_t payload_bytes = 0;
    uint32_t crc = 0;  // of the bytes read so far
  };

  ContainerReader(ByteSource* source, const Limits& limits) : source_(source), limits_(limits) {}

  Status ReadHeader();
  Result<std::optional<Packet>> ReadPacket();
  Result<std::optional<Envelope>> ReadEnvelope();
  Result<Packet> ReadFrame(Envelope* envelope);
  Status ReadEnd(Envelope* envelope);
  Result<size_t> ReadUpTo(std::span<uint8_t> out);
  Status ReadExactly(std::span<uint8_t> out);
  Status ReadGrowing(uint64_t count, uint32_t* crc, std::vector<uint8_t>* bytes);
  Status SkipChecked(uint64_t count, uint32_t* crc);
  Status CheckCrc(uint32_t expected);
  Status MoveTo(uint64_t position);

  Result<std::vector<IndexEntry>> ReadStoredIndex(uint64_t size_bytes);
  Result<StreamIndex> FindIndex();
  StreamIndex Scan();
  Result<IndexEntry> ScanEntry(const Envelope& envelope);
  Status SeekTo(const StreamIndex& index, int64_t frame_number);
  Status CheckPromise(const IndexEntry& target, const std::string& where);
  Result<std::vector<uint8_t>> FindConfiguration(const StreamIndex& index, size_t target, const std::string& where);

  std::string Where() const;
  Error Damaged(const std::string& what) const;
  Error Cut() const;

  ByteSource* source_;
  Limits limits_;
  StreamHeader header_;
  std::vector<uint8_t> mode_config_;
  uint64_t position_ = 0;  // bytes consumed from the start of the file
  uint64_t header_end_ = 0;
  bool in_header_ = true;  // it is being read
  int64_t packets_read_ = 0;
  uint64_t packet_offset_ = 0;  // of the packet being read, for messages
  int64_t last_good_frame_ = -1;
  bool finished_ = false;
  std::optional<Error> failure_;      // sticks until the next seek
  std::optional<StreamIndex> index_;  // once found complete
};

}  // namespace fsc

#endif  // FSC_STREAMS_CONTAINER_READER_H_
