// reseal.h: makes the checksums of an edited .fsc stream right again.
#ifndef FSC_TESTS_FUZZ_RESEAL_H_
#define FSC_TESTS_FUZZ_RESEAL_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/byte_reader.h"
#include "streams/container_syntax.h"
#include "streams/packet_envelope.h"

namespace fsc {

// Of bytes in memory, from the first on.
class SpanFeed : public ByteFeed {
 public:
  explicit SpanFeed(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  uint8_t Next() override { return position_ < bytes_.size() ? bytes_[position_++] : (ended_ = true, uint8_t{0}); }
  bool ended() const override { return ended_; }
  size_t position() const { return position_; }

 private:
  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
  bool ended_ = false;
};

// Writes the checksum of bytes `from` to `to` behind them.
inline void Seal(int checksum_bytes, size_t from, size_t to, std::vector<uint8_t>* bytes) {
  PacketChecksum checksum(checksum_bytes);
  checksum.Add(std::span(*bytes).subspan(from, to - from));
  std::ranges::copy(checksum.Bytes(), bytes->begin() + ptrdiff_t(to));
}

// Repairs the checksums of a .fsc stream, so that a fuzzer gets behind them; what is not one comes back as it is.
inline std::vector<uint8_t> Resealed(std::vector<uint8_t> bytes) {
  if (bytes.size() < kHeaderStartBytes + 2 + kCrcBytes) return bytes;
  std::copy(kSignature.begin(), kSignature.end(), bytes.begin());
  bytes[8] = kContainerVersion;
  bytes[9] = 0;
  ByteReader prefix{std::span(bytes).subspan(kHeaderStartBytes)};
  const uint64_t body_bytes = prefix.Leb128(), profile_bytes = prefix.Leb128();
  const auto body = prefix.Bytes(body_bytes), profile = prefix.Bytes(profile_bytes);
  if (prefix.broken() || prefix.left() < kCrcBytes) return bytes;
  const auto header = ParseHeaderBody(body, profile, Limits{}, "fuzz");
  size_t at = kHeaderStartBytes + prefix.position();
  Seal(kCrcBytes, kSignature.size(), at, &bytes);
  at += kCrcBytes;
  if (!header.ok()) return bytes;
  PacketForecast forecast(*header);
  while (at < bytes.size()) {
    SpanFeed feed{std::span(bytes).subspan(at)};
    const auto envelope = ParseEnvelope(&feed, forecast, header->layers.size(), Limits{}, "fuzz");
    if (!envelope.ok() || feed.ended()) break;
    const size_t left = bytes.size() - at - feed.position();
    const auto seal = size_t(envelope->checksum_bytes);
    if (left < seal || envelope->payload_bytes > left - seal) break;
    const size_t end = at + feed.position() + size_t(envelope->payload_bytes);
    Seal(envelope->checksum_bytes, at, end, &bytes);
    const size_t packet = at;
    at = end + seal;
    if (envelope->kind == PacketEnvelope::Kind::kFrame) forecast.Note(envelope->packet);
    if (envelope->kind != PacketEnvelope::Kind::kIndex) continue;
    if (bytes.size() - at == kFooterBytes)
      std::ranges::copy(SerializeFooter(at - packet), bytes.begin() + ptrdiff_t(at));
    break;
  }
  return bytes;
}

}  // namespace fsc

#endif  // FSC_TESTS_FUZZ_RESEAL_H_
