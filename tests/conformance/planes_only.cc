#include "planes_only.h"

#include "codec/latent/channel_transform.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"

namespace fsc::conformance {
namespace {

// docs/latent-mode.md, "Mode configuration": as of identity planes of one unit. `layers` get the number of planes.
Result<std::vector<uint8_t>> RewriteConfiguration(std::span<const uint8_t> bytes, std::vector<LayerSpec>* layers) {
  ByteReader in(bytes);
  ByteWriter out;
  out.Bytes(in.Bytes(2));                               // version, flags
  for (int i = 0; i < 3; ++i) out.Leb128(in.Leb128());  // motion
  for (LayerSpec& spec : *layers) {
    out.Bytes(in.Bytes(1));  // groups
    FSC_ASSIGN_OR_RETURN(ChannelTransform transform, ReadChannelTransform(spec, &in));
    transform.identity = true;
    transform.row_bits.clear();
    transform.channels = transform.planes;
    transform.unit = 1;
    transform.mean_unit = 0;
    transform.mean_levels.assign(size_t(transform.planes), 0);
    WriteChannelTransform(transform, &out);
    spec.channels = transform.planes;
  }
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("configuration", ""));
  return out.Take();
}

// The configuration of the header, or of the first packet where the header has none.
Status RewriteHeader(const Packet& first, StreamHeader* header) {
  if (!header->mode_config.empty()) {
    FSC_ASSIGN_OR_RETURN(header->mode_config, RewriteConfiguration(header->mode_config, &header->layers));
    return {};
  }
  const auto configuration = ConfigurationOf(first);
  if (!configuration) return BadInput("no configuration");
  return RewriteConfiguration(*configuration, &header->layers).TakeStatus();
}

// False where a packet changes the number of planes: a stream of them alone ends there.
Result<bool> RewriteConfigurationOf(const std::vector<LayerSpec>& layers, const std::vector<LayerSpec>& planes,
                                    Packet* packet) {
  const auto configuration = ConfigurationOf(*packet);
  if (!configuration) return true;
  std::vector<LayerSpec> planes_now = layers;
  FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> rewritten, RewriteConfiguration(*configuration, &planes_now));
  if (planes_now != planes) return false;
  RemoveConfiguration(packet);
  AddConfiguration(rewritten, packet);
  return true;
}

// docs/latent-mode.md, "Side information": tables and escapes stand at its end.
Status RewriteSideInformation(Packet* packet) {
  const size_t first = packet->configures() ? 1 : 0;
  const size_t start = first > 0 ? size_t(packet->sections[0].size_bytes) : 0;
  if (packet->sections.size() <= first) return BadInput("no side information");
  Section& section = packet->sections[first];
  const std::span<const uint8_t> side = std::span<const uint8_t>(packet->payload).subspan(start, section.size_bytes);
  ByteReader in(side);
  const int bits = in.U8();
  const int qp = in.U8();
  in.Bytes((qp & 128) != 0 ? 2 : 0);
  for (int i = bits >> 5 & 3; i > 0; --i) in.SignedLeb128();
  for (int i = (bits & 128) != 0 ? in.U8() : 0; i > 0; --i) in.SignedLeb128();
  FSC_RETURN_IF_ERROR(in.Check("side information", ""));
  if ((bits & 16) == 0 && (qp & 64) == 0) return {};
  const auto begin = packet->payload.begin() + ptrdiff_t(start);
  packet->payload.erase(begin + ptrdiff_t(in.position()), begin + ptrdiff_t(side.size()));
  packet->payload[start] = uint8_t(bits & ~16);
  packet->payload[start + 1] = uint8_t(qp & ~64);
  section.size_bytes = in.position();
  return {};
}

}  // namespace

Result<std::vector<uint8_t>> PlanesOnly(std::span<const uint8_t> stream) {
  const auto source = MemorySource(stream);
  FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source.get(), {}));
  StreamHeader header = reader->header();
  Result<std::optional<Packet>> packet = reader->Next();
  if (!packet.ok()) return packet.TakeStatus();
  if (!packet->has_value()) return BadInput("no packet");
  FSC_RETURN_IF_ERROR(RewriteHeader(**packet, &header));
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  FSC_ASSIGN_OR_RETURN(const auto writer, ContainerWriter::Create(sink.get(), header));
  for (;; packet = reader->Next()) {
    if (!packet.ok()) return bytes;
    if (!packet->has_value()) break;
    FSC_ASSIGN_OR_RETURN(const bool as_before,
                         RewriteConfigurationOf(reader->header().layers, header.layers, &**packet));
    if (!as_before) break;
    FSC_RETURN_IF_ERROR(RewriteSideInformation(&**packet));
    FSC_RETURN_IF_ERROR(writer->Write(**packet));
  }
  FSC_RETURN_IF_ERROR(writer->Finish());
  return bytes;
}

}  // namespace fsc::conformance
