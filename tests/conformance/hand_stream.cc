#include "hand_stream.h"

#include <gtest/gtest.h>

#include <span>

#include "core/byte_writer.h"
#include "raw_numbers.h"
#include "streams/container_writer.h"

namespace fsc::conformance {
namespace {

std::vector<uint8_t> Bytes(const ConfigFields& config) {
  const LayerFields& layer = config.layer;
  ByteWriter out;
  out.U8(uint8_t(config.version));
  out.U8(uint8_t(config.flags));
  for (const uint64_t number : {config.width, config.height, config.unit}) out.Leb128(number);
  out.U8(uint8_t(layer.groups));
  out.Leb128(layer.planes);
  out.F32(layer.unit);
  out.U8(uint8_t(layer.deviation));
  out.F32(layer.mean_unit);
  const std::vector<uint8_t> numbers = WriteNumbers(layer.means, layer.scales, layer.precisions);
  out.Leb128(numbers.size());
  out.Bytes(numbers);
  if (layer.planes > 0) {
    out.Leb128(kPlenty.size());
    out.Bytes(kPlenty);
  }
  for (int i = 0; i < config.surplus; ++i) out.U8(0);
  return out.Take();
}

void Append(Packet* packet, SectionKind kind, int layer, std::span<const uint8_t> bytes) {
  packet->sections.push_back({kind, layer, bytes.size()});
  packet->payload.insert(packet->payload.end(), bytes.begin(), bytes.end());
}

Packet PacketOf(const FrameFields& frame, int groups) {
  const bool intra = frame.references.empty();
  Packet packet;
  packet.frame_number = packet.timestamp_ticks = frame.number;
  packet.random_access = frame.random_access.value_or(intra);
  packet.type = intra ? FrameType::kIntra : FrameType::kInter;
  ByteWriter side;
  side.U8(uint8_t(frame.frame_class.value_or(intra ? 0 : 1) | int{frame.stored} << 3 |
                  int{!frame.outputs.empty()} << 4 | int(frame.references.size()) << 5 |
                  int{!frame.dropped.empty()} << 7));
  side.U8(uint8_t(frame.qp | (frame.escapes.empty() ? 0 : 64) | int{frame.recentre.has_value()} << 7));
  if (frame.recentre) {
    for (const int recentre : *frame.recentre) side.U8(uint8_t(recentre));
  }
  for (const int64_t reference : frame.references) side.SignedLeb128(reference);
  if (!frame.dropped.empty()) side.U8(uint8_t(frame.dropped.size()));
  for (const int64_t dropped : frame.dropped) side.SignedLeb128(dropped);
  side.Bytes(frame.outputs);
  side.Bytes(frame.escapes);
  for (int i = 0; i < frame.surplus; ++i) side.U8(0);
  Append(&packet, SectionKind::kSideInfo, -1, side.bytes());
  if (!intra) Append(&packet, SectionKind::kMotion, -1, frame.motion);
  ByteWriter layer;
  for (int g = 0; g < groups; ++g) layer.Leb128(kNothing.size());  // of the modes and of all groups but the last
  for (int g = 0; g <= groups; ++g) layer.Bytes(kNothing);
  Append(&packet, SectionKind::kResidual, 0, layer.bytes());
  return packet;
}

}  // namespace

LayerFields LayerOf(int channels, int groups, int planes) {
  LayerFields layer;
  layer.channels = channels;
  layer.groups = groups;
  layer.planes = uint64_t(planes);
  layer.means.assign(size_t(channels), 0);
  layer.scales.assign(size_t(planes > 0 ? planes : channels), 0);
  if (planes > 0) layer.precisions.assign(size_t(planes), 0);
  return layer;
}

Comparison CompareStream(const ConfigFields& config, const std::vector<FrameFields>& frames) {
  StreamHeader header;
  header.time_base = {1, 25};
  header.mode = "latent";
  header.encoder = "by hand";
  header.layers = {{"x", config.layer.channels, 1, 1, 8, 0}};
  header.mode_config = Bytes(config);
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto writer = ContainerWriter::Create(sink.get(), header);
  EXPECT_TRUE(writer.ok()) << writer.error().OneLine();
  for (const FrameFields& frame : frames) {
    const Status written = (*writer)->Write(PacketOf(frame, config.layer.groups));
    EXPECT_TRUE(written.ok()) << written.error().OneLine();
  }
  EXPECT_TRUE((*writer)->Finish().ok());
  return Compare(bytes);
}

}  // namespace fsc::conformance
