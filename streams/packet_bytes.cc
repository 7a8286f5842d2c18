#include "fsc/packet_bytes.h"

#include "fsc/byte_io.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"

namespace fsc {

Result<std::vector<uint8_t>> HeaderBytes(const StreamHeader& header) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  FSC_ASSIGN_OR_RETURN(const auto writer, ContainerWriter::Create(sink.get(), header));
  return bytes;
}

Result<std::vector<uint8_t>> PacketBytes(const Packet& packet, const StreamHeader& header) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  FSC_RETURN_IF_ERROR(ContainerWriter::WriteOne(packet, header, sink.get()));
  return bytes;
}

Result<StreamHeader> HeaderOf(std::span<const uint8_t> bytes, const Limits& limits) {
  const auto source = MemorySource(bytes, "stream header");
  FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source.get(), limits));
  if (reader->position_bytes() != bytes.size()) return BadInput("bytes after the stream header", "stream header");
  return reader->header();
}

Result<Packet> PacketOf(std::span<const uint8_t> bytes, const StreamHeader& header, const Limits& limits) {
  const auto source = MemorySource(bytes, "packet");
  return ContainerReader::ReadOne(source.get(), header, limits);
}

}  // namespace fsc
