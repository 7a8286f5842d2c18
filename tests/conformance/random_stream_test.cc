// Both decoders agree on streams that no encoder wrote: random bytes where the coded data stands, and damaged streams
// with correct checksums. Since a range decoder makes something of any bytes, modes, gains, levels, matrices and tables
// take values and follow one another as no encoder has them, far ones among them. Which of them come up is chance;
// limits_test.cc has the limits of each number. Both decoders must call the same streams damaged.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <set>

#include "compare.h"
#include "core/byte_writer.h"
#include "core/range_coder.h"
#include "motion/motion_syntax.h"
#include "raw_numbers.h"
#include "scenarios.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"
#include "tests/support/random_field.h"

namespace fsc::conformance {
namespace {

class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}
  // low..high
  int In(int low, int high) { return low + int(random_() % uint32_t(high - low + 1)); }
  bool OneIn(int n) { return In(1, n) == 1; }

  // Bytes in runs of even, low, high and constant ones: each makes the range decoder see other symbols. Zeros give
  // ones, as many as it asks for, and so the largest values.
  std::vector<uint8_t> Bytes(int count) {
    std::vector<uint8_t> bytes;
    while (int(bytes.size()) < count) {
      const int kind = In(0, 7);
      const int constant = kind == 5 ? 0 : kind == 6 ? 255 : In(0, 255);
      const int run = kind == 5 ? In(1, 8) : In(1, 40);
      for (int i = 0; i < run && int(bytes.size()) < count; ++i) {
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

struct RandomStream {
  StreamHeader header;
  std::vector<int> groups;  // [layer]
  MotionGeometry motion;
  bool written_motion = false;  // random vectors, well written; else random bytes
  std::array<MotionContexts, 2> contexts;
};

RandomStream RandomConfiguration(Dice* dice, int largest_plane) {
  RandomStream stream;
  StreamHeader& header = stream.header;
  header.time_base = {1, 25};
  header.mode = "latent";
  header.encoder = "random";
  ByteWriter config;
  config.U8(2);
  config.U8(dice->OneIn(5));
  stream.motion = {dice->In(1, 120), dice->In(1, 120), dice->OneIn(3) ? dice->In(1, 9) : 1};
  config.Leb128(stream.motion.width_px);
  config.Leb128(stream.motion.height_px);
  config.Leb128(stream.motion.unit_px);
  for (int i = dice->In(1, 2); i > 0; --i) {
    const int channels = dice->In(1, 6);
    header.layers.push_back(
        {"x", channels, dice->In(1, largest_plane), dice->In(1, largest_plane), dice->In(1, 40), dice->In(-300, 300)});
    const int rows = dice->OneIn(2) ? 0 : dice->In(1, channels);
    const int planes = rows > 0 ? rows : channels;
    stream.groups.push_back(dice->In(1, planes));
    config.U8(uint8_t(stream.groups.back()));
    config.Leb128(rows);
    config.F32(std::ldexp(float(dice->In(1, 1000)), dice->In(-12, 2)));
    config.U8(uint8_t(dice->OneIn(3) ? 12 : dice->In(0, 12)));
    config.F32(float(dice->In(-1000, 1000)) / 64);
    std::vector<int> means;
    std::vector<int> scales;
    std::vector<int> precisions;
    for (int c = 0; c < channels; ++c) means.push_back(dice->In(-32768, 32767) >> dice->In(0, 15));
    for (int k = 0; k < planes; ++k) scales.push_back(dice->In(0, 79));
    for (int k = 0; k < rows; ++k) precisions.push_back(dice->In(0, 12));
    const std::vector<uint8_t> bytes = WriteNumbers(means, scales, precisions);
    config.Leb128(bytes.size());
    config.Bytes(bytes);
    if (rows > 0) {
      const std::vector<uint8_t> matrix = dice->Bytes(4 + rows * channels * dice->In(2, 8));
      config.Leb128(matrix.size());
      config.Bytes(matrix);
    }
  }
  header.mode_config = config.Take();
  return stream;
}

void Append(Packet* packet, SectionKind kind, int layer, std::span<const uint8_t> bytes) {
  packet->sections.push_back({kind, layer, bytes.size()});
  packet->payload.insert(packet->payload.end(), bytes.begin(), bytes.end());
}

void RandomOutputs(const std::vector<LayerSpec>& layers, Dice* dice, ByteWriter* side) {
  for (size_t i = 0; i < layers.size(); ++i) {
    if (dice->OneIn(4)) {
      side->U8(128);
      continue;
    }
    const int tables = dice->In(0, 8);
    const int low = dice->In(0, 2);
    side->U8(uint8_t(tables | low << 4));
    if (low == 2) side->F32(float(dice->In(-2000, 100)));
    if (tables == 0) continue;
    side->U8(uint8_t(dice->In(1, 64)));
    side->U8(uint8_t(dice->OneIn(6) ? dice->In(0, 127) : dice->In(32, 64)));
    side->SignedLeb128(dice->OneIn(6) ? dice->In(-(1 << 20), 1 << 20) : dice->In(-1000, 1000));
    const std::vector<uint8_t> bytes = dice->Bytes(dice->In(200, 1200));
    side->Leb128(bytes.size());
    side->Bytes(bytes);
  }
}

// The fields of a frame, written as the library does it.
std::vector<uint8_t> WrittenMotion(std::span<const int> references, RandomStream* stream, Dice* dice) {
  RangeEncoder out;
  MotionField first;
  for (size_t i = 0; i < references.size(); ++i) {
    MotionHint hint;
    // Beyond 64 frames there is no hint: a writer that thinks so makes a damaged stream.
    const bool near = std::ranges::all_of(references, [](int distance) { return std::abs(distance) <= 64; });
    if (i == 1 && (near || dice->OneIn(40))) {
      hint = {&first, references[0] < 0 ? -references[1] : references[1], std::abs(references[0])};
    }
    const int kinds = hint.field != nullptr ? 2 : 1;
    const int largest = dice->OneIn(3) ? 8191 : dice->OneIn(2) ? 400 : 20;
    std::mt19937 random(uint32_t(dice->In(0, 1 << 30)));
    const MotionField field =
        RandomField(stream->motion, MotionBaseKind(dice->In(0, kinds)), hint, largest, &random, 1 << dice->In(0, 2));
    WriteMotionField(field, hint, &stream->contexts[i], &out);
    if (i == 0) first = field;
  }
  return out.Finish();
}

// A frame with `number` that refers to `stored` pictures. `scarce`: its data often ends too early.
Packet RandomFrame(RandomStream* stream, int number, bool scarce, std::set<int>* stored, Dice* dice) {
  Packet packet;
  packet.frame_number = number;
  packet.timestamp_ticks = number;
  const bool intra = stored->empty() || dice->OneIn(100);
  if (intra) {
    stored->clear();
    stream->contexts = {};
  }
  packet.random_access = intra;
  packet.type = intra ? FrameType::kIntra : FrameType::kInter;
  const int references = intra ? 0 : dice->In(1, 2);
  const bool keep = dice->OneIn(2) || intra;
  const bool tables = dice->OneIn(3);
  const std::vector<int> pictures(stored->begin(), stored->end());
  std::vector<int> distances;
  for (int i = 0; i < references; ++i) distances.push_back(pictures[dice->In(0, int(pictures.size()) - 1)] - number);
  std::vector<int> dropped;  // not the first: long streams refer far back
  if (stored->size() > 6 || (stored->size() > 1 && dice->OneIn(4))) {
    dropped.push_back(pictures[dice->In(1, int(pictures.size()) - 1)]);
  }
  if (dice->OneIn(8)) dropped.push_back(number - 200);  // unknown
  const bool drops = !dropped.empty() || dice->OneIn(8);
  const bool recentred = !dice->OneIn(3);
  ByteWriter side;
  side.U8(uint8_t((intra ? 0 : dice->In(1, 3)) | dice->In(0, 1) << 2 | int{keep} << 3 | int{tables} << 4 |
                  references << 5 | int{drops} << 7));
  side.U8(uint8_t((dice->OneIn(4) ? 63 : dice->In(0, 63)) | int{recentred} << 7));
  for (int i = 0; recentred && i < 2; ++i) side.U8(uint8_t(dice->In(-31, 31)));
  for (const int distance : distances) side.SignedLeb128(distance);
  if (drops) side.U8(uint8_t(dropped.size()));
  for (const int picture : dropped) {
    side.SignedLeb128(picture - number);
    stored->erase(picture);
  }
  if (tables) RandomOutputs(stream->header.layers, dice, &side);
  if (keep) stored->insert(number);
  Append(&packet, SectionKind::kSideInfo, -1, side.bytes());
  if (references > 0) {
    const std::vector<uint8_t> motion =
        stream->written_motion ? WrittenMotion(distances, stream, dice) : dice->Bytes(dice->In(10, 120));
    Append(&packet, SectionKind::kMotion, -1, motion);
  }
  for (size_t i = 0; i < stream->header.layers.size(); ++i) {
    const LayerSpec& spec = stream->header.layers[i];
    const int cells = int(spec.plane_elements());
    ByteWriter layer;
    std::vector<uint8_t> strings;
    for (int g = -1; g < stream->groups[i]; ++g) {
      const int planes = spec.channels / stream->groups[i] + 1;
      const int size = scarce ? dice->In(0, 100) : g < 0 ? 40 + cells / 4 : 40 + 4 * planes * cells;
      if (g + 1 < stream->groups[i]) layer.Leb128(size);
      const std::vector<uint8_t> bytes = dice->Bytes(size);
      strings.insert(strings.end(), bytes.begin(), bytes.end());
    }
    layer.Bytes(strings);
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

// Frames of `frames` x `streams` that both decoders gave; and how many streams came to their end.
struct Tally {
  int64_t frames = 0;
  int64_t samples = 0;
  int whole = 0;
};

Tally CompareRandomStreams(int streams, int frames, int largest_plane, uint32_t first_seed) {
  Tally tally;
  for (uint32_t seed = first_seed; seed < first_seed + uint32_t(streams); ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    RandomStream stream = RandomConfiguration(&dice, largest_plane);
    stream.written_motion = seed % 4 != 0;
    std::vector<Packet> packets;
    std::set<int> stored;
    // The numbers fall within groups of `group`; now and then some are left out.
    const int group = seed % 4 == 1 ? dice.In(1, 10) : 2;
    int first = 0;
    int gap = 0;
    for (int i = 0; i < frames; ++i) {
      const int place = (i + group - 1) % group;
      if (place == 0) first = i;
      if (place == 0 && seed % 8 == 2) gap += dice.OneIn(6) ? dice.In(0, 70) : 0;
      const int number = i == 0 ? 0 : first + group - 1 - place + gap;
      packets.push_back(RandomFrame(&stream, number, seed % 16 == 0, &stored, &dice));
    }
    // Random matrices and tables enlarge the error of single precision.
    const Comparison comparison = Compare(Write(stream.header, packets), 1e-3);
    EXPECT_EQ(comparison.difference, "");
    tally.frames += int64_t(comparison.frames.size());
    tally.samples += comparison.samples;
    tally.whole += !comparison.damaged;
  }
  return tally;
}

TEST(RandomStreams, BothDecodersMakeTheSameOfRandomPayloads) {
  const Tally tally = CompareRandomStreams(800, 9, 30, 0);
  EXPECT_GT(tally.frames, 4000);
  EXPECT_GT(tally.whole, 400);
  EXPECT_GT(tally.samples, 10 * tally.frames);
  RecordProperty("frames", int(tally.frames));
  RecordProperty("whole", tally.whole);
}

// Distances between pictures that real streams do not have.
TEST(RandomStreams, BothDecodersMakeTheSameOfLongStreams) {
  const Tally tally = CompareRandomStreams(44, 301, 4, 5000);
  EXPECT_GT(tally.frames, 2000);
  EXPECT_GT(tally.samples, 10 * tally.frames);
  RecordProperty("frames", int(tally.frames));
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
      const StreamHeader& header = (*reader)->header();
      std::vector<Packet> bad = packets;
      if (seed % 3 == 0) {
        // The configuration, which the first packet brings.
        const auto size = int(bad.front().sections.front().size_bytes);
        ASSERT_TRUE(bad.front().configures());
        bad.front().payload[size_t(dice.In(0, size - 1))] = uint8_t(dice.In(0, 255));
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
