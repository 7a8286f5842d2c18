#include "fsc/packet.h"

namespace fsc {

TimeBase FrameRateOf(const StreamHeader& header) {
  if (header.frame_rate.num > 0) return header.frame_rate;
  const double ticks_per_s = double(header.time_base.den) / header.time_base.num;
  if (ticks_per_s < 0.001 || ticks_per_s > 1000) return {25, 1};
  return {header.time_base.den, header.time_base.num};
}

std::optional<std::span<const uint8_t>> ConfigurationOf(const Packet& packet) {
  if (!packet.configures() || packet.sections.front().size_bytes > packet.payload.size()) return std::nullopt;
  return std::span(packet.payload).first(size_t(packet.sections.front().size_bytes));
}

void AddConfiguration(std::span<const uint8_t> mode_config, Packet* packet) {
  packet->sections.insert(packet->sections.begin(), {SectionKind::kConfiguration, -1, mode_config.size()});
  packet->payload.insert(packet->payload.begin(), mode_config.begin(), mode_config.end());
}

void RemoveConfiguration(Packet* packet) {
  const auto configuration = ConfigurationOf(*packet);
  if (!configuration) return;
  packet->payload.erase(packet->payload.begin(), packet->payload.begin() + ptrdiff_t(configuration->size()));
  packet->sections.erase(packet->sections.begin());
}

}  // namespace fsc
