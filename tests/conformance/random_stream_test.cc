// Both decoders agree on streams that no encoder wrote: random bytes where the coded data stands, and damaged streams
// with correct checksums. Since a range decoder makes something of any bytes, these reach all values of each syntax
// element, and both decoders must call the same streams damaged.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "compare.h"
#include "core/byte_writer.h"
#include "scenarios.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"

namespace fsc::conformance {
namespace {

class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}
  // low..high
  int In(int low, int high) { return low + int(random_() % uint32_t(high - low + 1)); }
  bool OneIn(int n) { return In(1, n) == 1; }

  // Bytes in runs of even, low, high and constant ones: each makes the range decoder see other symbols.
  std::vector<uint8_t> Bytes(int count) {
    std::vector<uint8_t> bytes;
    while (int(bytes.size()) < count) {
      const int kind = In(0, 5);
      const int constant = In(0, 255);
      for (int i = In(1, 40); i > 0 && int(bytes.size()) < count; --i) {
        const int even = In(0, 255);
        bytes.push_back(uint8_t(kind < 3    ? even
                                : kind == 3 ? even & In(0, 255)
                                : kind == 4 ? even | In(0, 255)
                                            : constant));
      }
    }
    return bytes;
  }

 private:
  std::mt19937 random_;
};

StreamHeader RandomHeader(Dice* dice) {
  StreamHeader header;
  header.time_base = {1, 25};
  header.mode = "latent";
  header.encoder = "random";
  ByteWriter config;
  config.U8(1);
  config.U8(dice->OneIn(5));
  config.Leb128(dice->In(1, 120));
  config.Leb128(dice->In(1, 120));
  config.Leb128(dice->OneIn(3) ? dice->In(1, 9) : 1);
  for (int i = dice->In(1, 2); i > 0; --i) {
    const int channels = dice->In(1, 6);
    header.layers.push_back({"x", channels, dice->In(1, 40), dice->In(1, 40), dice->In(1, 40), dice->In(-300, 300)});
    const int rows = dice->OneIn(2) ? 0 : dice->In(1, channels);
    const int planes = rows > 0 ? rows : channels;
    config.U8(uint8_t(dice->In(1, planes)));
    config.Leb128(rows);
    config.F32(std::ldexp(float(dice->In(1, 1000)), dice->In(-12, 2)));
    config.U8(uint8_t(dice->In(0, 12)));
    config.F32(float(dice->In(-1000, 1000)) / 64);
    for (int c = 0; c < channels; ++c) config.SignedLeb128(dice->In(-32768, 32767) >> dice->In(0, 15));
    for (int k = 0; k < planes; ++k) config.U8(uint8_t(dice->In(0, 79)));
    if (rows > 0) {
      for (int k = 0; k < rows; ++k) config.U8(uint8_t(dice->In(0, 12)));
      const std::vector<uint8_t> matrix = dice->Bytes(4 + rows * channels * dice->In(2, 8));
      config.Leb128(matrix.size());
      config.Bytes(matrix);
    }
  }
  header.mode_config = config.Take();
  return header;
}

void Append(Packet* packet, SectionKind kind, int layer, std::span<const uint8_t> bytes) {
  packet->sections.push_back({kind, layer, bytes.size()});
  packet->payload.insert(packet->payload.end(), bytes.begin(), bytes.end());
}

void RandomTables(size_t layers, Dice* dice, ByteWriter* side) {
  for (size_t i = 0; i < layers; ++i) {
    side->F32(float(dice->In(-2000, 100)));
    const int centres = dice->OneIn(3) ? 0 : dice->In(1, 64);
    side->U8(uint8_t(centres));
    if (centres == 0) continue;
    side->F32(float(dice->In(-1000, 1000)));
    side->F32(dice->OneIn(6) ? 0 : float(dice->In(1, 1000)) / 16);
    const std::vector<uint8_t> corrections = dice->Bytes(dice->In(60, 200));
    side->U8(uint8_t(corrections.size()));
    side->Bytes(corrections);
  }
}

// A frame with `number` that refers to `stored` pictures.
Packet RandomFrame(const StreamHeader& header, int number, int groups_bytes, std::set<int>* stored, Dice* dice) {
  Packet packet;
  packet.frame_number = number;
  packet.timestamp_ticks = number;
  const bool intra = stored->empty() || dice->OneIn(12);
  if (intra) stored->clear();
  packet.random_access = intra;
  packet.type = intra ? FrameType::kIntra : FrameType::kInter;
  const int references = intra ? 0 : dice->In(1, 2);
  const bool keep = dice->OneIn(2) || intra;
  const bool tables = dice->OneIn(3);
  ByteWriter side;
  side.U8(uint8_t((intra ? 0 : dice->In(1, 3)) | dice->In(0, 1) << 2 | int{keep} << 3 | int{tables} << 4 |
                  references << 5));
  side.U8(uint8_t(dice->In(0, 63)));
  side.U8(uint8_t(dice->In(-31, 31)));
  side.U8(uint8_t(dice->In(-31, 31)));
  const std::vector<int> pictures(stored->begin(), stored->end());
  for (int i = 0; i < references; ++i) side.SignedLeb128(pictures[dice->In(0, int(pictures.size()) - 1)] - number);
  std::vector<int> dropped;
  if (stored->size() > 6 || (!intra && dice->OneIn(4)))
    dropped.push_back(pictures[dice->In(0, int(pictures.size()) - 1)]);
  if (dice->OneIn(8)) dropped.push_back(number - 200);  // unknown
  side.U8(uint8_t(dropped.size()));
  for (const int picture : dropped) {
    side.SignedLeb128(picture - number);
    stored->erase(picture);
  }
  if (tables) RandomTables(header.layers.size(), dice, &side);
  if (keep) stored->insert(number);
  Append(&packet, SectionKind::kSideInfo, -1, side.bytes());
  if (references > 0) Append(&packet, SectionKind::kMotion, -1, dice->Bytes(dice->In(1, 120)));
  for (size_t i = 0; i < header.layers.size(); ++i) {
    // Sizes of the modes and of more groups than there are planes: what is not read as a size belongs to the modes.
    ByteWriter layer;
    const int sizes = 1 + header.layers[i].channels;
    for (int g = 0; g < sizes; ++g) layer.Leb128(dice->In(40, 60 + groups_bytes));
    layer.Bytes(dice->Bytes(sizes * (70 + groups_bytes)));
    Append(&packet, SectionKind::kResidual, int(i), layer.bytes());
  }
  return packet;
}

std::vector<uint8_t> Write(const StreamHeader& header, const std::vector<Packet>& packets) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto writer = ContainerWriter::Create(sink.get(), header);
  EXPECT_TRUE(writer.ok()) << writer.error().OneLine();
  for (const Packet& packet : packets) {
    const Status written = (*writer)->Write(packet);
    EXPECT_TRUE(written.ok()) << written.error().OneLine();
  }
  EXPECT_TRUE((*writer)->Finish().ok());
  return bytes;
}

TEST(RandomStreams, BothDecodersMakeTheSameOfRandomPayloads) {
  int64_t frames = 0;
  int whole = 0;
  for (uint32_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    const StreamHeader header = RandomHeader(&dice);
    std::vector<Packet> packets;
    std::set<int> stored;
    std::set<int> used;
    const int groups_bytes = seed % 8 == 0 ? 100 : 20000;
    for (int i = 0; i < 10; ++i) {
      // The numbers come out of order, within pairs.
      packets.push_back(RandomFrame(header, i == 0 ? 0 : i % 2 == 1 ? i + 1 : i - 1, groups_bytes, &stored, &dice));
    }
    const Comparison comparison = Compare(Write(header, packets));
    ASSERT_EQ(comparison.difference, "");
    frames += int64_t(comparison.frames.size());
    whole += !comparison.damaged;
  }
  EXPECT_GT(frames, 1000);
  EXPECT_GT(whole, 50);
  RecordProperty("frames", int(frames));
  RecordProperty("whole", whole);
}

TEST(RandomStreams, BothDecodersCallTheSameStreamsDamaged) {
  int damaged = 0;
  int rounds = 0;
  for (const Scenario& scenario : KeptScenarios()) {
    const Result<std::vector<uint8_t>> stream = EncodeScenario(scenario);
    ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
    const auto source = MemorySource(*stream);
    auto reader = ContainerReader::Open(source.get(), {});
    ASSERT_TRUE(reader.ok());
    std::vector<Packet> packets;
    for (;;) {
      Result<std::optional<Packet>> packet = (*reader)->Next();
      ASSERT_TRUE(packet.ok());
      if (!packet->has_value()) break;
      packets.push_back(std::move(**packet));
    }
    for (uint32_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(testing::Message() << scenario.name << " " << seed);
      Dice dice(seed);
      StreamHeader header = (*reader)->header();
      std::vector<Packet> bad = packets;
      if (seed % 3 == 0) {
        header.mode_config[dice.In(0, int(header.mode_config.size()) - 1)] = uint8_t(dice.In(0, 255));
      } else if (seed % 3 == 1) {
        Packet& packet = bad[dice.In(0, int(bad.size()) - 1)];
        for (int i = dice.In(1, 3); i > 0; --i) {
          packet.payload[dice.In(0, int(packet.payload.size()) - 1)] ^= uint8_t(dice.In(1, 255));
        }
      } else if (seed % 6 == 2) {
        // The side information: its first bytes.
        Packet& packet = bad[dice.In(0, int(bad.size()) - 1)];
        packet.payload[dice.In(0, std::min(7, int(packet.payload.size()) - 1))] ^= uint8_t(1 << dice.In(0, 7));
      } else {
        bad.erase(bad.begin() + dice.In(0, int(bad.size()) - 1));
      }
      const Comparison comparison = Compare(Write(header, bad));
      ASSERT_EQ(comparison.difference, "");
      damaged += comparison.damaged;
      ++rounds;
    }
  }
  EXPECT_GT(damaged, rounds / 4);
  EXPECT_LT(damaged, rounds);
}

}  // namespace
}  // namespace fsc::conformance
