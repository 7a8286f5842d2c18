// container_samples.h: small streams that several container tests and the fuzz corpus share.
#ifndef FSC_TESTS_SUPPORT_CONTAINER_SAMPLES_H_
#define FSC_TESTS_SUPPORT_CONTAINER_SAMPLES_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "streams/container_reader.h"
#include "streams/container_writer.h"

namespace fsc::samples {

inline StreamHeader SampleHeader() {
  StreamHeader header;
  header.layers = {{"p3", 64, 28, 40, 8, 56}, {"p4", 128, 14, 20, 16, -120}};
  header.time_base = {1, 12800};
  header.frame_rate = {30000, 1001};
  header.input_width_px = 320;
  header.input_height_px = 224;
  header.source_width_px = 1920;
  header.source_height_px = 1080;
  header.model_id = "sample-net";
  for (size_t i = 0; i < header.model_sha256.size(); ++i) header.model_sha256[i] = uint8_t(i * 7);
  header.mode = "hevc";
  header.mode_config = {1, 2, 3, 0, 255};
  header.profile = {9, 8, 7};
  header.encoder = "sample 1";
  return header;
}

// Hierarchical order: frame 0, then pairs (2, 1), (4, 3), ... with a random-access packet every 8 frames. From the
// third of these on, another mode configuration holds.
inline std::vector<Packet> SamplePackets(int count) {
  std::vector<Packet> packets;
  for (int i = 0; i < count; ++i) {
    Packet packet;
    packet.random_access = i % 8 == 0;
    packet.type = packet.random_access ? FrameType::kIntra : i % 2 == 1 ? FrameType::kInter : FrameType::kBidirectional;
    packet.frame_number = packet.random_access || i % 8 == 7 ? i : i % 2 == 1 ? i + 1 : i - 1;
    packet.timestamp_ticks = packet.frame_number * 512 - 1024;
    packet.sections = {{SectionKind::kSideInfo, -1, uint64_t(i % 3)},
                       {SectionKind::kMotion, -1, 5},
                       {SectionKind::kResidual, 0, uint64_t(20 + i)},
                       {SectionKind::kResidual, 1, uint64_t(i % 4)}};
    for (const Section& section : packet.sections) {
      for (uint64_t k = 0; k < section.size_bytes; ++k) packet.payload.push_back(uint8_t(i * 31 + k * 17));
    }
    if (i == 16) AddConfiguration(std::vector<uint8_t>{4, 5, 6, 7}, &packet);
    packets.push_back(std::move(packet));
  }
  return packets;
}

// `finished` false: a live stream, without index and footer.
inline std::vector<uint8_t> SampleStream(const std::vector<Packet>& packets, bool finished = true) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto writer = ContainerWriter::Create(sink.get(), SampleHeader());
  for (const Packet& packet : packets) {
    if (!(*writer)->Write(packet).ok()) return {};
  }
  if (finished && !(*writer)->Finish().ok()) return {};
  return bytes;
}

}  // namespace fsc::samples

#endif  // FSC_TESTS_SUPPORT_CONTAINER_SAMPLES_H_
