#include "streams/container_writer.h"

#include "core/crc32c.h"
#include "streams/packet_envelope.h"

namespace fsc {
namespace {

Status CheckPacket(const Packet& packet, size_t layer_count, const std::string& where) {
  if (packet.frame_number < 0 || packet.frame_number > kMaxTicks || packet.timestamp_ticks < -kMaxTicks ||
      packet.timestamp_ticks > kMaxTicks) {
    return Usage("frame number or timestamp outside the format", where);
  }
  if (packet.configures() && (!packet.random_access || packet.sections.front().layer != -1 ||
                              packet.sections.front().size_bytes > uint64_t(Limits{}.max_header_bytes))) {
    return Usage("a mode configuration that no reader takes", where,
                 "put it into a random-access packet, for all layers");
  }
  if (packet.sections.size() > kMaxSections) return Usage("too many sections in a packet", where);
  uint64_t left = packet.payload.size();
  for (const Section& section : packet.sections) {
    if (section.layer < -1 || section.layer >= int(layer_count))
      return Usage("section of a layer that is not there", where);
    if (section.kind == SectionKind::kConfiguration && &section != &packet.sections.front())
      return Usage("a mode configuration behind other sections", where);
    if (section.size_bytes > left) return Usage("sections are longer than the payload", where);
    left -= section.size_bytes;
  }
  if (left != 0) return Usage("sections are shorter than the payload", where);
  if (packet.payload.size() > uint64_t(Limits{}.max_packet_bytes))
    return Usage("the packet is larger than any reader takes", where);
  return {};
}

}  // namespace

Result<std::unique_ptr<ContainerWriter>> ContainerWriter::Create(ByteSink* sink, const StreamHeader& header) {
  Status valid = CheckStreamHeader(header, Limits{}, sink->name());
  if (!valid.ok()) {
    Error error = valid.TakeError();
    return Usage(std::move(error.what), std::move(error.where), std::move(error.advice));
  }
  ByteWriter bytes;
  bytes.Bytes(SerializeStreamHeader(header));
  bytes.U32(Crc32c(bytes.bytes().subspan(kSignature.size())));
  if (bytes.size() - header.profile.size() > uint64_t(Limits{}.max_header_bytes)) {
    return Usage("the stream header is larger than any reader takes", sink->name());
  }
  FSC_RETURN_IF_ERROR(sink->Write(bytes.bytes()));
  return std::unique_ptr<ContainerWriter>(new ContainerWriter(sink, header, bytes.size()));
}

Status ContainerWriter::WriteSealed(std::span<const uint8_t> front, std::span<const uint8_t> payload,
                                    int checksum_bytes, ByteSink* sink) {
  PacketChecksum checksum(checksum_bytes);
  checksum.Add(front);
  checksum.Add(payload);
  const std::vector<uint8_t> seal = checksum.Bytes();
  for (const auto part : {front, payload, std::span<const uint8_t>(seal)}) FSC_RETURN_IF_ERROR(sink->Write(part));
  return {};
}

Status ContainerWriter::WriteOne(const Packet& packet, const StreamHeader& header, ByteSink* sink) {
  const std::string where = sink->name() + ", frame " + std::to_string(packet.frame_number);
  FSC_RETURN_IF_ERROR(CheckPacket(packet, header.layers.size(), where));
  const EnvelopeBytes envelope = EnvelopeAlone(packet, header);
  return WriteSealed(envelope.front, packet.payload, envelope.checksum_bytes, sink);
}

Status ContainerWriter::Write(const Packet& packet) {
  const std::string where = sink_->name() + ", frame " + std::to_string(packet.frame_number);
  FSC_RETURN_IF_ERROR(CheckPacket(packet, layer_count_, where));
  if (index_.count() >= Limits{}.max_index_entries) {
    return Usage("a stream holds " + std::to_string(index_.count()) + " packets at most", where, "begin a new file");
  }
  const EnvelopeBytes envelope = EnvelopeInStream(packet, forecast_);
  FSC_RETURN_IF_ERROR(WriteSealed(envelope.front, packet.payload, envelope.checksum_bytes, sink_));
  const uint64_t size = envelope.size() + packet.payload.size();
  forecast_.Note(packet);
  index_.Add({bytes_written_, size, packet.type, packet.random_access, packet.frame_number, packet.timestamp_ticks,
              packet.configures()});
  bytes_written_ += size;
  return {};
}

Status ContainerWriter::Finish() {
  const std::vector<uint8_t> payload = index_.Payload();
  const std::vector<uint8_t> front = IndexFront(payload.size());
  FSC_RETURN_IF_ERROR(WriteSealed(front, payload, kCrcBytes, sink_));
  const uint64_t size = front.size() + payload.size() + kCrcBytes;
  const std::vector<uint8_t> footer = SerializeFooter(size);
  FSC_RETURN_IF_ERROR(sink_->Write(footer));
  bytes_written_ += size + footer.size();
  return {};
}

}  // namespace fsc
