// packet_sections.h: the payload of a packet and its sections, apart, together, and counted.
#ifndef FSC_STREAMS_PACKET_SECTIONS_H_
#define FSC_STREAMS_PACKET_SECTIONS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

struct SectionView {
  SectionKind kind = SectionKind::kResidual;
  int layer = -1;
  std::span<const uint8_t> bytes;  // of the packet's payload
};

// The sections of `packet`, in payload order. kBadInput, with `where`, unless they are as long as the payload together.
Result<std::vector<SectionView>> SectionsOf(const Packet& packet, const std::string& where);

// Adds a section and its bytes at the end.
void AppendSection(SectionKind kind, int layer, std::span<const uint8_t> bytes, Packet* packet);

// Bytes of payloads, by what they are for.
struct KindBytes {
  uint64_t side_info = 0;
  uint64_t configuration = 0;  // transforms that packets bring
  uint64_t motion = 0;
  uint64_t residual = 0;
  std::vector<uint64_t> by_layer;  // of sections that belong to one layer; as long as the last of them needs

  void Add(const Section& section);
  uint64_t total() const { return side_info + configuration + motion + residual; }
};

}  // namespace fsc

#endif  // FSC_STREAMS_PACKET_SECTIONS_H_
