// Damaged .fsc streams: every truncation and thousands of bit flips give the packets before the damage, then an error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

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
