// container_reader.h: reads a .fsc stream from bytes that nobody has vouched for.
//
// Works on files (with seeking, through the index or, where there is none, by scanning) and on pipes (forward only).
#ifndef FSC_STREAMS_CONTAINER_READER_H_
#define FSC_STREAMS_CONTAINER_READER_H_

#include <memory>
#include <optional>
#include <string>

#include "core/limits.h"
#include "streams/byte_io.h"
#include "streams/container_format.h"

namespace fsc {

class ContainerReader {
 public:
  // Reads the header and checks it against `limits`. `source` is borrowed and must outlive the reader.
  static Result<std::unique_ptr<ContainerReader>> Open(ByteSource* source, const Limits& limits);

  const StreamHeader& header() const { return header_; }

  // The next packet; nullopt at the end of the stream (at the index, or where a live stream stops between packets).
  // kBadInput for a packet that is cut or fails its CRC: the message names the packet, its byte and the last good frame.
  Result<std::optional<Packet>> Next();

  // The index: read from the file's end, or built by scanning packet headers (a cut file gives the packets before the cut).
  // Needs a source that can seek; keeps the reading position. `complete` false = the file is cut or damaged, `damage` says where.
  struct Index {
    std::vector<IndexEntry> entries;  // in file (decoding) order
    bool complete = true;
    std::string damage;               // empty when complete
  };
  Result<Index> ReadIndex();

  // Moves to the last random-access packet at or before `frame_number`, so that Next() gives it. kUsage when the stream has
  // no such frame.
  Status SeekToFrame(int64_t frame_number);

  uint64_t position_bytes() const { return position_; }

 private:
  ContainerReader(ByteSource* source, const Limits& limits) : source_(source), limits_(limits) {}

  ByteSource* source_;
  Limits limits_;
  StreamHeader header_;
  uint64_t position_ = 0;      // bytes consumed from the start of the file
  uint64_t header_end_ = 0;
  int64_t packets_read_ = 0;
};

}  // namespace fsc

#endif  // FSC_STREAMS_CONTAINER_READER_H_
