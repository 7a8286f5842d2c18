#include "streams/packet_forecast.h"

#include <algorithm>

namespace fsc {
namespace {

constexpr size_t kMostAhead = 32;
constexpr int64_t kEndOfTicks = int64_t{1} << 62;

}  // namespace

std::vector<Section> UsualSections(std::string_view mode, size_t layers, FrameType type, bool random_access,
                                   bool configures) {
  const bool latent = mode == "latent";
  const bool layered = latent || mode == "float";
  std::vector<Section> sections;
  if (configures) sections.push_back({SectionKind::kConfiguration, -1, 0});
  if (latent || (!layered && random_access)) sections.push_back({SectionKind::kSideInfo, -1, 0});
  if (latent && type != FrameType::kIntra) sections.push_back({SectionKind::kMotion, -1, 0});
  if (!layered) sections.push_back({SectionKind::kResidual, -1, 0});
  for (size_t i = 0; layered && i < layers; ++i) sections.push_back({SectionKind::kResidual, int(i), 0});
  return sections;
}

PacketForecast::PacketForecast(const StreamHeader& header)
    : mode_(header.mode), header_layers_(header.layers.size()), layers_(header_layers_) {
  const TimeBase rate = FrameRateOf(header);
  ticks_numerator_ = __int128{rate.den} * header.time_base.den;
  ticks_denominator_ = std::max<__int128>(1, __int128{rate.num} * header.time_base.num);
}

int64_t PacketForecast::frame_number() const {
  if (!ahead_.empty()) return missing_ - 1 + (ahead_.front() - (missing_ - 1)) / 2;
  return std::min(missing_ - 1 + step_, kEndOfTicks - 1);
}

// Rounded to the nearest tick. Numbers are below 2^62, numerator and denominator below 2^62.
__int128 PacketForecast::NominalTicks(int64_t frame_number) const {
  return (2 * ticks_numerator_ * frame_number + ticks_denominator_) / (2 * ticks_denominator_);
}

std::optional<int64_t> PacketForecast::Ticks(int64_t frame_number) const {
  const __int128 ticks = NominalTicks(frame_number) + ticks_offset_;
  if (ticks <= -kEndOfTicks || ticks >= kEndOfTicks) return std::nullopt;
  return int64_t(ticks);
}

std::vector<Section> PacketForecast::Sections(FrameType type, bool random_access, bool configures, bool alone) const {
  return UsualSections(mode_, alone ? header_layers_ : layers_, type, random_access, configures);
}

void PacketForecast::Note(const Packet& packet) {
  if (packet.random_access) {
    missing_ = packet.frame_number;
    ahead_.clear();
    step_ = 1;
    layers_ = size_t(std::ranges::count(packet.sections, SectionKind::kResidual, &Section::kind));
  }
  NoteNumber(packet.frame_number);
  NoteTime(packet.frame_number, packet.timestamp_ticks);
}

void PacketForecast::NoteTime(int64_t frame_number, int64_t timestamp_ticks) {
  ticks_offset_ = timestamp_ticks - NominalTicks(frame_number);
}

void PacketForecast::NoteNumber(int64_t frame_number) {
  if (frame_number < missing_) return;
  const int64_t last = ahead_.empty() ? missing_ - 1 : ahead_.back();
  if (frame_number > last) step_ = std::max<int64_t>(1, frame_number - last);
  const auto place = std::ranges::lower_bound(ahead_, frame_number);
  if (place == ahead_.end() || *place != frame_number) ahead_.insert(place, frame_number);
  if (ahead_.size() > kMostAhead) {  // no order that is worth following
    missing_ = ahead_.back() + 1;
    ahead_.clear();
  }
  while (!ahead_.empty() && ahead_.front() == missing_) {
    ++missing_;
    ahead_.erase(ahead_.begin());
  }
}

}  // namespace fsc
