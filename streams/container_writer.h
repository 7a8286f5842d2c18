// container_writer.h: writes a .fsc stream, append-only, memory bounded by one packet and the index
// (about 8 bytes a random-access packet).
#ifndef FSC_STREAMS_CONTAINER_WRITER_H_
#define FSC_STREAMS_CONTAINER_WRITER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "fsc/byte_io.h"
#include "fsc/packet.h"
#include "streams/container_syntax.h"

namespace fsc {

class ContainerWriter {
 public:
  // Writes the signature and the header. `sink` is borrowed and must outlive the writer.
  static Result<std::unique_ptr<ContainerWriter>> Create(ByteSink* sink, const StreamHeader& header);

  // One packet alone, which may stand in any stream of `header`.
  static Status WriteOne(const Packet& packet, const StreamHeader& header, ByteSink* sink);

  // Appends one packet, in decoding order. kUsage when the sections do not add up to the payload,
  // name a layer that the header has not, or the packet exceeds the default Limits.
  Status Write(const Packet& packet);
  // Writes the index and the footer. Does not commit the sink. No Write after it. A live stream may do
  // without: readers then scan.
  Status Finish();

  uint64_t bytes_written() const { return bytes_written_; }

 private:
  ContainerWriter(ByteSink* sink, const StreamHeader& header, uint64_t header_bytes)
      : sink_(sink),
        layer_count_(header.layers.size()),
        bytes_written_(header_bytes),
        forecast_(header),
        index_(header, header_bytes) {}
  static Status WriteSealed(std::span<const uint8_t> front, std::span<const uint8_t> payload, int checksum_bytes,
                            ByteSink* sink);

  ByteSink* sink_;
  size_t layer_count_;
  uint64_t bytes_written_;
  PacketForecast forecast_;
  IndexWriter index_;
};

}  // namespace fsc

#endif  // FSC_STREAMS_CONTAINER_WRITER_H_
