#include "streams/packet_envelope.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/byte_writer.h"
#include "core/crc32c.h"
#include "core/short_crc.h"
#include "streams/half_bytes.h"
#include "streams/header_extensions.h"

namespace fsc {
namespace {

constexpr char kDamaged[] = "the data is damaged: transfer or encode it again";

// The first byte of a packet: one of 16 words of which any two differ in four bits at least, and none of which is all
// zeros or all ones. Word 4 c + t: a frame packet with a checksum of c + 2 bytes; t = 0..2: its type, all else as
// expected; t = 3: flags follow. Two words are reserved.
constexpr std::array<uint8_t, 16> kWords = {0x80, 0x61, 0x52, 0xb3, 0x34, 0xd5, 0xe6, 0x07,
                                            0xf8, 0x19, 0x2a, 0xcb, 0x4c, 0xad, 0x9e, 0x7f};
constexpr int kFlagsFollow = 3;
constexpr int kIndexWord = 12;
constexpr int kOptionalWord = 13;

constexpr uint8_t kFlagTypeMask = 3;
constexpr uint8_t kFlagRandomAccess = 4;
constexpr uint8_t kFlagConfigures = 8;
constexpr uint8_t kFlagAlone = 16;   // number and time follow in full
constexpr uint8_t kFlagNumber = 32;  // the number differs from what is expected
constexpr uint8_t kFlagTime = 64;    // so does the time
constexpr uint8_t kFlagSections = 128;

// The longest packet that a checksum of so many bytes seals.
constexpr uint64_t MostBytes(int checksum_bytes) {
  return checksum_bytes == 2 ? 64 : checksum_bytes == 3 ? 256 : UINT64_MAX;
}

bool RightChecksum(uint64_t bytes, int checksum_bytes) {
  const auto fits = [&](int size) { return bytes + uint64_t(size) <= MostBytes(size); };
  return fits(checksum_bytes) && (checksum_bytes == 2 || !fits(checksum_bytes - 1));
}

// ---- writing

bool SameKinds(std::span<const Section> a, std::span<const Section> b) {
  return std::ranges::equal(a, b,
                            [](const Section& x, const Section& y) { return x.kind == y.kind && x.layer == y.layer; });
}

std::vector<Section> UsualSections(std::string_view mode, size_t layers, const Packet& packet) {
  return UsualSections(mode, layers, packet.type, packet.random_access, packet.configures());
}

struct Form {
  std::optional<uint8_t> flags;  // none: the type says it all
  ByteWriter numbers;            // behind the flags
};

EnvelopeBytes Written(const Packet& packet, const Form& form) {
  EnvelopeBytes bytes;
  bytes.front = {0};  // the first byte, which depends on the length
  if (form.flags) bytes.front.push_back(*form.flags);
  const auto numbers = form.numbers.bytes();
  bytes.front.insert(bytes.front.end(), numbers.begin(), numbers.end());
  HalfByteWriter halves(&bytes.front);
  if (form.flags && (*form.flags & kFlagSections) != 0) {
    const auto listed = std::span(packet.sections).subspan(packet.configures() ? 1 : 0);
    halves.Number(listed.size());
    for (const Section& section : listed) halves.Number(uint64_t(section.layer + 1) * 4 + uint64_t(section.kind));
  }
  for (const Section& section : packet.sections) halves.Number(section.size_bytes);
  bytes.checksum_bytes = 2;
  while (!RightChecksum(bytes.front.size() + packet.payload.size(), bytes.checksum_bytes)) ++bytes.checksum_bytes;
  bytes.front[0] = kWords[size_t(4 * (bytes.checksum_bytes - 2) + (form.flags ? kFlagsFollow : int(packet.type)))];
  return bytes;
}

uint8_t FlagsOf(const Packet& packet, bool usual_sections) {
  return uint8_t(uint8_t(packet.type) | (packet.random_access ? kFlagRandomAccess : 0) |
                 (packet.configures() ? kFlagConfigures : 0) | (usual_sections ? 0 : kFlagSections));
}

EnvelopeBytes WrittenAlone(const Packet& packet, bool usual_sections) {
  Form form;
  form.flags = FlagsOf(packet, usual_sections) | kFlagAlone;
  form.numbers.Leb128(uint64_t(packet.frame_number));
  form.numbers.SignedLeb128(packet.timestamp_ticks);
  return Written(packet, form);
}

// ---- parsing

uint64_t ReadLeb128(ByteFeed* feed, bool* malformed) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = feed->Next();
    if (shift == 63 && byte > 1) break;  // would not fit in 64 bits
    value |= uint64_t(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  *malformed = true;
  return 0;
}

int64_t ReadSignedLeb128(ByteFeed* feed, bool* malformed) {
  const uint64_t zigzag = ReadLeb128(feed, malformed);
  return int64_t(zigzag >> 1) ^ -int64_t(zigzag & 1);
}

Status CheckFlags(uint8_t flags, const std::string& where) {
  const bool random_access = (flags & kFlagRandomAccess) != 0;
  const bool alone = (flags & kFlagAlone) != 0;
  if ((flags & kFlagTypeMask) > uint8_t(FrameType::kBidirectional) || (random_access && !alone) ||
      (alone && (flags & (kFlagNumber | kFlagTime)) != 0)) {
    return BadInput("unknown frame flags " + std::to_string(flags), where, kPerhapsNewer);
  }
  if ((flags & kFlagConfigures) != 0 && !random_access)
    return BadInput("a configuration where decoding cannot start", where, kDamaged);
  return {};
}

// Number and time, by the flags.
Status ReadNumbers(uint8_t flags, const PacketForecast& forecast, ByteFeed* feed, Packet* packet,
                   const std::string& where) {
  bool malformed = false;
  // Unsigned: a lying difference wraps instead of overflowing, and is refused just below.
  uint64_t number = 0, ticks = 0;
  bool beyond = false;
  if ((flags & kFlagAlone) != 0) {
    number = ReadLeb128(feed, &malformed);
    ticks = uint64_t(ReadSignedLeb128(feed, &malformed));
  } else {
    number = uint64_t(forecast.frame_number());
    if ((flags & kFlagNumber) != 0) number += uint64_t(ReadSignedLeb128(feed, &malformed));
    beyond = number > uint64_t(kMaxTicks);
    const std::optional<int64_t> expected = beyond ? std::nullopt : forecast.Ticks(int64_t(number));
    beyond = beyond || !expected;
    ticks = uint64_t(expected.value_or(0));
    if ((flags & kFlagTime) != 0) ticks += uint64_t(ReadSignedLeb128(feed, &malformed));
  }
  if (malformed) return BadInput("the packet header is malformed", where, kDamaged);
  packet->frame_number = int64_t(number);
  packet->timestamp_ticks = int64_t(ticks);
  if (beyond || number > uint64_t(kMaxTicks) || packet->timestamp_ticks < -kMaxTicks ||
      packet->timestamp_ticks > kMaxTicks) {
    return BadInput("frame number or timestamp of 2^62 or beyond", where, kDamaged);
  }
  return {};
}

template <class Halves>
Status ReadSectionList(size_t layer_count, bool configures, Halves* halves, ByteFeed* feed, Packet* packet,
                       const std::string& where) {
  const uint64_t count = halves->Number();
  if (count > kMaxSections) return BadInput(std::to_string(count) + " sections in a packet", where, kDamaged);
  if (configures) packet->sections.push_back({SectionKind::kConfiguration, -1, 0});
  for (uint64_t i = 0; i < count && !halves->malformed() && !feed->ended(); ++i) {
    const uint64_t kind_and_layer = halves->Number();
    if (kind_and_layer / 4 > layer_count)
      return BadInput("section of an unknown layer (" + std::to_string(kind_and_layer) + ")", where, kPerhapsNewer);
    if (kind_and_layer % 4 == uint64_t(SectionKind::kConfiguration))
      return BadInput("a configuration that the flags do not tell of", where, kDamaged);
    packet->sections.push_back({SectionKind(kind_and_layer % 4), int(kind_and_layer / 4) - 1, 0});
  }
  return {};
}

// Counts what it hands on.
class CountingFeed : public ByteFeed {
 public:
  explicit CountingFeed(ByteFeed* feed) : feed_(feed) {}
  uint8_t Next() override {
    ++count_;
    return feed_->Next();
  }
  bool ended() const override { return feed_->ended(); }
  uint64_t count() const { return count_; }

 private:
  ByteFeed* feed_;
  uint64_t count_ = 0;
};

// What follows the first byte of a frame packet.
Status ReadFrame(int form, const PacketForecast& forecast, size_t layer_count, ByteFeed* feed, PacketEnvelope* envelope,
                 const std::string& where) {
  Packet& packet = envelope->packet;
  const uint8_t flags = form == kFlagsFollow ? feed->Next() : uint8_t(form);
  FSC_RETURN_IF_ERROR(CheckFlags(flags, where));
  packet.type = FrameType(flags & kFlagTypeMask);
  packet.random_access = (flags & kFlagRandomAccess) != 0;
  const bool configures = (flags & kFlagConfigures) != 0;
  envelope->alone = (flags & kFlagAlone) != 0;
  FSC_RETURN_IF_ERROR(ReadNumbers(flags, forecast, feed, &packet, where));
  HalfByteReader halves([feed] { return feed->Next(); });
  if ((flags & kFlagSections) != 0) {
    FSC_RETURN_IF_ERROR(ReadSectionList(layer_count, configures, &halves, feed, &packet, where));
  } else {
    packet.sections = forecast.Sections(packet.type, packet.random_access, configures, envelope->alone);
  }
  for (Section& section : packet.sections) {
    section.size_bytes = halves.Number();
    envelope->payload_bytes += section.size_bytes;
  }
  if (!halves.Close()) return BadInput("the packet header is malformed", where, kDamaged);
  return {};
}

}  // namespace

void PacketChecksum::Add(std::span<const uint8_t> bytes) {
  value_ = bytes_ == 2 ? Crc16(bytes, value_) : bytes_ == 3 ? Crc24(bytes, value_) : Crc32c(bytes, value_);
}

std::vector<uint8_t> PacketChecksum::Bytes() const {
  std::vector<uint8_t> bytes;
  for (int i = 0; i < bytes_; ++i) bytes.push_back(uint8_t(value_ >> (8 * i)));
  return bytes;
}

EnvelopeBytes EnvelopeAlone(const Packet& packet, const StreamHeader& header) {
  return WrittenAlone(packet, SameKinds(packet.sections, UsualSections(header.mode, header.layers.size(), packet)));
}

EnvelopeBytes EnvelopeInStream(const Packet& packet, const PacketForecast& forecast) {
  const auto usual = [&](bool alone) {
    return SameKinds(packet.sections, forecast.Sections(packet.type, packet.random_access, packet.configures(), alone));
  };
  EnvelopeBytes alone = WrittenAlone(packet, usual(true));
  const std::optional<int64_t> ticks = forecast.Ticks(packet.frame_number);
  if (packet.random_access || !ticks) return alone;
  Form form;
  const bool sections = usual(false);
  const bool number = packet.frame_number == forecast.frame_number();
  const bool time = packet.timestamp_ticks == *ticks;
  if (!number || !time || !sections) {
    form.flags = uint8_t(FlagsOf(packet, sections) | (number ? 0 : kFlagNumber) | (time ? 0 : kFlagTime));
    if (!number) form.numbers.SignedLeb128(packet.frame_number - forecast.frame_number());
    if (!time) form.numbers.SignedLeb128(packet.timestamp_ticks - *ticks);
  }
  EnvelopeBytes expected = Written(packet, form);
  return expected.size() < alone.size() ? expected : alone;
}

size_t UsualBytes(const Packet& packet, std::string_view mode, size_t layers) {
  const bool usual = SameKinds(packet.sections, UsualSections(mode, layers, packet));
  Form form;
  if (!usual) form.flags = FlagsOf(packet, usual);
  const EnvelopeBytes envelope = packet.random_access ? WrittenAlone(packet, usual) : Written(packet, form);
  return envelope.size() + packet.payload.size();
}

std::vector<uint8_t> IndexFront(uint64_t payload_bytes) {
  ByteWriter out;
  out.U8(kWords[kIndexWord]);
  out.Leb128(payload_bytes);
  return out.Take();
}

std::vector<uint8_t> OptionalFront(uint8_t tag, uint64_t payload_bytes) {
  ByteWriter out;
  out.U8(kWords[kOptionalWord]);
  out.U8(tag);
  out.Leb128(payload_bytes);
  return out.Take();
}

Result<PacketEnvelope> ParseEnvelope(ByteFeed* source, const PacketForecast& forecast, size_t layer_count,
                                     const Limits& limits, const std::string& where) {
  CountingFeed feed(source);
  const uint8_t first = feed.Next();
  const auto word = std::ranges::find(kWords, first) - kWords.begin();
  PacketEnvelope envelope;
  if (word > kOptionalWord) return BadInput("unknown packet type " + std::to_string(first), where, kPerhapsNewer);
  if (word >= kIndexWord) {
    envelope.kind = word == kIndexWord ? PacketEnvelope::Kind::kIndex : PacketEnvelope::Kind::kOptional;
    if (word == kOptionalWord) feed.Next();  // which one: nobody knows any yet
    bool malformed = false;
    envelope.payload_bytes = ReadLeb128(&feed, &malformed);
    if (malformed) return BadInput("packet length is malformed", where, kDamaged);
    return envelope;
  }
  envelope.checksum_bytes = 2 + int(word / 4);
  FSC_RETURN_IF_ERROR(ReadFrame(int(word % 4), forecast, layer_count, &feed, &envelope, where));
  if (envelope.payload_bytes > uint64_t(limits.max_packet_bytes)) {
    return BadInput("a packet of " + std::to_string(envelope.payload_bytes) + " bytes is over the limit of " +
                        std::to_string(limits.max_packet_bytes),
                    where, kDamaged);
  }
  if (!RightChecksum(feed.count() + envelope.payload_bytes, envelope.checksum_bytes))
    return BadInput("the packet's length and its checksum's do not match", where, kDamaged);
  return envelope;
}

}  // namespace fsc
