#include "streams/packet_sections.h"

#include <algorithm>

namespace fsc {
namespace {

constexpr char kDamagedSections[] = "the stream is damaged";

}  // namespace

Result<std::vector<SectionView>> SectionsOf(const Packet& packet, const std::string& where) {
  std::vector<SectionView> sections;
  std::span<const uint8_t> left(packet.payload);
  for (const Section& section : packet.sections) {
    if (section.size_bytes > left.size()) return BadInput("sections exceed the payload", where, kDamagedSections);
    sections.push_back({section.kind, section.layer, left.first(size_t(section.size_bytes))});
    left = left.subspan(size_t(section.size_bytes));
  }
  if (!left.empty()) return BadInput("sections do not match the payload", where, kDamagedSections);
  return sections;
}

void AppendSection(SectionKind kind, int layer, std::span<const uint8_t> bytes, Packet* packet) {
  packet->sections.push_back({kind, layer, bytes.size()});
  packet->payload.insert(packet->payload.end(), bytes.begin(), bytes.end());
}

void KindBytes::Add(const Section& section) {
  (section.kind == SectionKind::kMotion          ? motion
   : section.kind == SectionKind::kResidual      ? residual
   : section.kind == SectionKind::kConfiguration ? configuration
                                                 : side_info) += section.size_bytes;
  if (section.layer < 0) return;
  by_layer.resize(std::max(by_layer.size(), size_t(section.layer) + 1));
  by_layer[size_t(section.layer)] += section.size_bytes;
}

}  // namespace fsc
