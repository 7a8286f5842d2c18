// Damaged .fsc streams: every truncation and thousands of bit flips give the packets before the damage, then an error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "streams/packet_envelope.h"
#include "tests/support/container_samples.h"

namespace fsc {
namespace {

using samples::SamplePackets;
using samples::SampleStream;
using ::testing::HasSubstr;

struct Outcome {
  bool opened = false;
  size_t packets = 0;
  bool same = true;  // every packet equals the original at its place
  std::optional<Error> error;
};

Outcome ReadAll(std::span<const uint8_t> bytes, const std::vector<Packet>& original) {
  Outcome outcome;
  const auto source = MemorySource(bytes, "clip.fsc");
  auto reader = ContainerReader::Open(source.get(), Limits{});
  if (!reader.ok()) {
    outcome.error = reader.error();
    return outcome;
  }
  outcome.opened = true;
  while (true) {
    auto packet = (*reader)->Next();
    if (!packet.ok()) {
      outcome.error = packet.error();
      auto again = (*reader)->Next();
      EXPECT_TRUE(!again.ok() && again.error().what == outcome.error->what) << "an error sticks";
      return outcome;
    }
    if (!packet->has_value()) return outcome;
    const bool known = outcome.packets < original.size();
    outcome.same = outcome.same && known && (*packet)->payload == original[outcome.packets].payload &&
                   (*packet)->frame_number == original[outcome.packets].frame_number &&
                   (*packet)->timestamp_ticks == original[outcome.packets].timestamp_ticks;
    ++outcome.packets;
  }
}

std::vector<IndexEntry> EntriesOf(std::span<const uint8_t> bytes) {
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  return (*reader)->ReadIndex()->entries;
}

TEST(ContainerDamage, EveryTruncation) {
  const auto packets = SamplePackets(12);
  const auto bytes = SampleStream(packets);
  const auto entries = EntriesOf(bytes);
  ASSERT_EQ(entries.size(), packets.size());
  const size_t index_offset = entries.back().offset_bytes + entries.back().size_bytes;
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::span<const uint8_t> cut(bytes.data(), size);
    const Outcome outcome = ReadAll(cut, packets);
    if (size < entries.front().offset_bytes) {
      ASSERT_FALSE(outcome.opened) << size;
      EXPECT_EQ(outcome.error->kind, ErrorKind::kBadInput);
      continue;
    }
    ASSERT_TRUE(outcome.opened) << size;
    size_t whole = 0;
    bool between = size == index_offset;
    for (const IndexEntry& entry : entries) {
      whole += entry.offset_bytes + entry.size_bytes <= size;
      between = between || entry.offset_bytes == size;
    }
    EXPECT_EQ(outcome.packets, whole) << size;
    EXPECT_TRUE(outcome.same) << size;
    EXPECT_EQ(outcome.error.has_value(), !between) << size;
    if (outcome.error) {
      EXPECT_EQ(outcome.error->kind, ErrorKind::kBadInput);
      const std::string at = "clip.fsc, packet " + std::to_string(whole) + " at byte " +
                             std::to_string(whole < entries.size() ? entries[whole].offset_bytes : index_offset);
      EXPECT_EQ(outcome.error->where, at) << size;
      EXPECT_THAT(outcome.error->advice,
                  HasSubstr(whole == 0 ? "no frame before it is whole"
                                       : "last good frame is " + std::to_string(packets[whole - 1].frame_number)));
    }
    const auto source = MemorySource(cut);
    auto reader = ContainerReader::Open(source.get(), Limits{});
    auto index = (*reader)->ReadIndex();
    ASSERT_TRUE(index.ok());
    EXPECT_FALSE(index->complete) << size;
    EXPECT_FALSE(index->damage.empty()) << size;
    EXPECT_EQ(index->entries.size(), whole) << size;
    // Frames before the cut can be reached, those behind it cannot.
    EXPECT_EQ((*reader)->SeekToFrame(0).ok(), whole > 0) << size;
    EXPECT_EQ((*reader)->SeekToFrame(packets.back().frame_number).ok(), whole == packets.size()) << size;
  }
}

TEST(ContainerDamage, EveryBitFlipIsFound) {
  const auto packets = SamplePackets(12);
  const auto bytes = SampleStream(packets);
  const auto entries = EntriesOf(bytes);
  size_t flips = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit, ++flips) {
      auto damaged = bytes;
      damaged[at] ^= uint8_t(1 << bit);
      const Outcome outcome = ReadAll(damaged, packets);
      ASSERT_TRUE(outcome.error.has_value()) << "byte " << at << " bit " << bit;
      EXPECT_EQ(outcome.error->kind, ErrorKind::kBadInput);
      EXPECT_TRUE(outcome.same);
      size_t whole = 0;
      for (const IndexEntry& entry : entries) whole += entry.offset_bytes + entry.size_bytes <= at;
      EXPECT_EQ(outcome.packets, whole) << "byte " << at << " bit " << bit;
    }
  }
  EXPECT_GT(flips, 5000u);
}

// A latent stream of one layer whose packets go by those before: a group of a B hierarchy, with the smallest envelopes
// that there are, and some of the two longer checksums.
StreamHeader SmallHeader() {
  StreamHeader header;
  header.layers = {{"a", 1, 2, 3, 8, 0}};
  header.time_base = {1, 25};
  header.frame_rate = {25, 1};
  header.mode = "latent";
  return header;
}

std::vector<Packet> SmallPackets() {
  std::vector<Packet> packets;
  std::mt19937 random(3);
  for (const int number : {0, 8, 4, 2, 1, 3, 6, 5, 7, 16, 12, 10, 9, 11, 14, 13, 15}) {
    Packet packet;
    packet.random_access = number == 0;
    packet.type = number == 0 ? FrameType::kIntra : number % 8 == 0 ? FrameType::kInter : FrameType::kBidirectional;
    packet.frame_number = packet.timestamp_ticks = number;
    packet.sections = {{SectionKind::kSideInfo, -1, 4 + random() % 6}};
    if (number > 0) packet.sections.push_back({SectionKind::kMotion, -1, 1 + random() % 12});
    packet.sections.push_back({SectionKind::kResidual, 0, number == 0 ? 300 : number % 8 == 0 ? 80 : random() % 40});
    for (const Section& section : packet.sections) {
      for (uint64_t k = 0; k < section.size_bytes; ++k) packet.payload.push_back(uint8_t(random()));
    }
    packets.push_back(std::move(packet));
  }
  return packets;
}

std::vector<uint8_t> SmallStream(const std::vector<Packet>& packets) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto writer = ContainerWriter::Create(sink.get(), SmallHeader());
  for (const Packet& packet : packets) EXPECT_TRUE((*writer)->Write(packet).ok());
  EXPECT_TRUE((*writer)->Finish().ok());
  return bytes;
}

// Every bit, of envelopes, payloads, index and footer, and every two neighbours.
TEST(ContainerDamage, EveryBitFlipOfSmallPacketsIsFound) {
  const auto packets = SmallPackets();
  const auto bytes = SmallStream(packets);
  const auto entries = EntriesOf(bytes);
  ASSERT_EQ(entries.size(), packets.size());
  size_t small = 0;
  for (size_t i = 0; i < packets.size(); ++i) {
    const uint64_t envelope = entries[i].size_bytes - packets[i].payload.size();
    small += envelope <= 6;
    EXPECT_TRUE(i == 0 || i == 1 || envelope <= 7) << i;
  }
  EXPECT_EQ(small, 14u) << "all B frames";
  for (size_t bit = 8 * (entries[0].offset_bytes); bit + 1 < 8 * bytes.size(); ++bit) {
    for (const int width : {1, 2}) {
      auto damaged = bytes;
      for (size_t b = bit; b < bit + size_t(width); ++b) damaged[b / 8] ^= uint8_t(1 << (b % 8));
      const Outcome outcome = ReadAll(damaged, packets);
      ASSERT_TRUE(outcome.error.has_value()) << "bit " << bit;
      EXPECT_TRUE(outcome.same) << "bit " << bit;
      size_t whole = 0;
      for (const IndexEntry& entry : entries) whole += 8 * (entry.offset_bytes + entry.size_bytes) <= bit;
      EXPECT_EQ(outcome.packets, whole) << "bit " << bit;
    }
  }
}

// What goes unnoticed of errors in one packet, of `size_bytes` as a whole: bursts of up to 40 bits, scattered bits, and
// nothing but noise.
int Unnoticed(size_t packet_index, int tries) {
  auto packets = SmallPackets();
  packets.resize(packet_index + 1);
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto writer = ContainerWriter::Create(sink.get(), SmallHeader());
  size_t from = 0;
  for (const Packet& packet : packets) {
    from = bytes.size();
    EXPECT_TRUE((*writer)->Write(packet).ok());
  }
  std::mt19937 random(11);
  const size_t bits = 8 * (bytes.size() - from);
  const auto flip = [&](std::vector<uint8_t>* damaged, size_t bit) {
    (*damaged)[from + bit / 8] ^= uint8_t(1 << (bit % 8));
  };
  int unnoticed = 0;
  for (int i = 0; i < tries; ++i) {
    auto damaged = bytes;
    // Beyond the packet there is more to read, for a length that became larger.
    for (int k = 0; k < 200; ++k) damaged.push_back(uint8_t(random()));
    if (i % 3 == 0) {
      const size_t width = 2 + random() % 39;
      const size_t at = random() % (bits - std::min(bits - 1, width) + 1);
      for (size_t b = 0; b < width && at + b < bits; ++b) {
        if (b == 0 || b + 1 == width || random() % 2 == 0) flip(&damaged, at + b);
      }
    } else if (i % 3 == 1) {
      for (size_t k = 0; k < 2 + random() % 20; ++k) flip(&damaged, random() % bits);
    } else {
      for (size_t k = from; k < bytes.size(); ++k) damaged[k] = uint8_t(random());
    }
    if (std::equal(bytes.begin(), bytes.end(), damaged.begin())) continue;
    const auto source = MemorySource(damaged);
    auto reader = ContainerReader::Open(source.get(), Limits{});
    for (size_t k = 0; k < packet_index; ++k) EXPECT_TRUE((*reader)->Next().ok());
    unnoticed += (*reader)->Next().ok();
  }
  return unnoticed;
}

// Of errors that change a packet at random, one in 2^16 is not found where it has up to 64 bytes, one in 2^24 where it
// has more.
TEST(ContainerDamage, FewErrorsGoUnnoticed) {
  EXPECT_LE(Unnoticed(2, 200000), 12) << "a small packet: 3 are to be expected";
  EXPECT_EQ(Unnoticed(1, 60000), 0) << "of 80 bytes and more";
  EXPECT_EQ(Unnoticed(0, 60000), 0) << "of 300 bytes and more";
}

// A long packet whose beginning is lost must not pass for a small one, which a shorter checksum seals: noise looks like
// the beginning of a small packet less than once in 256 times, so that one in 2^24 at most gets through.
TEST(ContainerDamage, NoiseRarelyLooksLikeASmallPacket) {
  class Noise : public ByteFeed {
   public:
    uint8_t Next() override { return uint8_t(random_()); }
    bool ended() const override { return false; }

   private:
    std::mt19937 random_{5};
  };
  constexpr int kTries = 400000;
  for (const char* mode : {"latent", "png"}) {
    for (const int layers : {1, 3}) {
      StreamHeader header = SmallHeader();
      header.mode = mode;
      header.layers.resize(size_t(layers), header.layers[0]);
      const PacketForecast forecast(header);
      Noise noise;
      int small = 0;
      for (int i = 0; i < kTries; ++i) {
        const auto envelope = ParseEnvelope(&noise, forecast, header.layers.size(), Limits{}, "noise");
        small += envelope.ok() && envelope->checksum_bytes == 2;
      }
      EXPECT_LT(small, kTries / 256) << mode << ", layers " << layers;
      EXPECT_GT(small, 0);
      RecordProperty(std::string(mode) + std::to_string(layers), small);
    }
  }
}

// Bursts, deletions and insertions: never a wrong packet, and the index calls come back.
TEST(ContainerDamage, RandomEdits) {
  const auto packets = SamplePackets(12);
  const auto bytes = SampleStream(packets);
  std::mt19937 random(7);
  for (int round = 0; round < 5000; ++round) {
    auto damaged = bytes;
    const int edits = 1 + int(random() % 4);
    for (int i = 0; i < edits; ++i) {
      const size_t at = random() % damaged.size();
      switch (random() % 3) {
        case 0:
          damaged[at] = uint8_t(random());
          break;
        case 1:
          damaged.erase(damaged.begin() + ptrdiff_t(at),
                        damaged.begin() + ptrdiff_t(std::min(damaged.size(), at + 1 + random() % 9)));
          break;
        default:
          damaged.insert(damaged.begin() + ptrdiff_t(at), 1 + random() % 9, uint8_t(random()));
      }
      if (damaged.empty()) break;
    }
    const Outcome outcome = ReadAll(damaged, packets);
    EXPECT_TRUE(outcome.same) << round;
    if (!outcome.opened) continue;
    const auto source = MemorySource(damaged);
    auto reader = ContainerReader::Open(source.get(), Limits{});
    auto index = (*reader)->ReadIndex();
    ASSERT_TRUE(index.ok()) << round;
    for (const int frame : {0, 5, 11}) {
      if ((*reader)->SeekToFrame(frame).ok()) (void)(*reader)->Next();
    }
  }
}

}  // namespace
}  // namespace fsc
