// container_writer.h: writes a .fsc stream, append-only, memory bounded by one packet and the index.
#ifndef FSC_STREAMS_CONTAINER_WRITER_H_
#define FSC_STREAMS_CONTAINER_WRITER_H_

#include <memory>

#include "streams/byte_io.h"
#include "streams/container_format.h"

namespace fsc {

class ContainerWriter {
 public:
  // Writes the signature and the header. `sink` is borrowed and must outlive the writer.
  static Result<std::unique_ptr<ContainerWriter>> Create(ByteSink* sink, const StreamHeader& header);

  // Appends one packet, in decoding order. kUsage when the sections do not add up to the payload.
  Status Write(const Packet& packet);
  // Writes the index and the footer. Does not commit the sink.
  Status Finish();

  uint64_t bytes_written() const { return bytes_written_; }

 private:
  ContainerWriter(ByteSink* sink) : sink_(sink) {}

  ByteSink* sink_;
  uint64_t bytes_written_ = 0;
  std::vector<IndexEntry> index_;
};

}  // namespace fsc

#endif  // FSC_STREAMS_CONTAINER_WRITER_H_
