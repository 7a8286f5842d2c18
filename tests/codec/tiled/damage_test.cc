// Wrong frames going in, damaged streams coming back: errors that say where, whole frames first, never a crash.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "codec/mode_registry.h"
#include "codec/tiled/syntax.h"
#include "streams/container_reader.h"
#include "tests/support/test_pictures.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

std::vector<IndexEntry> IndexOf(const std::vector<uint8_t>& bytes) {
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), {});
  EXPECT_TRUE(reader.ok());
  auto index = (*reader)->ReadIndex();
  EXPECT_TRUE(index.ok());
  return index->entries;
}

TEST(TiledInput, BadFramesAreRefusedAndTheStreamGoesOn) {
  SKIP_WITHOUT("hevc");
  const auto layers = OneLayer();
  const EncoderConfig config{.mode = "hevc", .preset = "fast", .gop_frames = 4};
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto encoder = FeatureEncoder::Create(config, InfoOf(layers), sink.get());
  ASSERT_TRUE(encoder.ok());
  for (int t = 0; t < 9; ++t) {
    FeatureFrame nan = MovingFrame(layers, t);
    nan.layers[0].plane(3)[5] =
        t % 2 == 0 ? std::numeric_limits<float>::quiet_NaN() : -std::numeric_limits<float>::infinity();
    const Status refused = (*encoder)->Push(nan);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::kBadInput);
    EXPECT_NE(refused.error().where.find("frame " + std::to_string(t)), std::string::npos) << refused.error().OneLine();
    EXPECT_NE(refused.error().where.find("channel 3"), std::string::npos) << refused.error().OneLine();
    EXPECT_FALSE((*encoder)->Push(MovingFrame(OneLayer(12, 18, 23), t)).ok()) << "wrong shape";
    EXPECT_FALSE((*encoder)->Push(MovingFrame(ThreeLayers(), t)).ok()) << "wrong number of layers";
    EXPECT_FALSE((*encoder)->Push(FeatureFrame{}).ok());
    ASSERT_TRUE((*encoder)->Push(MovingFrame(layers, t)).ok());
  }
  ASSERT_TRUE((*encoder)->Finish().ok());
  EXPECT_EQ(bytes, Encode(config, layers, 9)) << "refused frames leave no trace";
  EXPECT_FALSE((*encoder)->Push(MovingFrame(layers, 9)).ok()) << "finished";
  EXPECT_FALSE((*encoder)->Finish().ok());
}

TEST(TiledInput, BadSettings) {
  const auto refuses = [](const EncoderConfig& config, const StreamInfo& info, ErrorKind kind) {
    std::vector<uint8_t> bytes;
    const auto sink = MemorySink(&bytes);
    const auto encoder = FeatureEncoder::Create(config, info, sink.get());
    ASSERT_FALSE(encoder.ok());
    EXPECT_EQ(encoder.error().kind, kind) << encoder.error().OneLine();
    EXPECT_TRUE(bytes.empty());
  };
  const StreamInfo info = InfoOf(OneLayer());
  refuses({.mode = "no-such-codec"}, info, ErrorKind::kUsage);
  refuses({.qp = 64}, info, ErrorKind::kUsage);
  refuses({.gop_frames = 0}, info, ErrorKind::kUsage);
  refuses({.threads = 0}, info, ErrorKind::kUsage);
  refuses({.mode = "hevc", .quantizer = {.levels = 1}}, info, ErrorKind::kUsage);
  refuses({.mode = "hevc", .quantizer = {.levels = 300, .bits = 8}}, info, ErrorKind::kUsage);
  refuses({.mode = "hevc", .tiling = {.tile_multiple_px = 0}}, info, ErrorKind::kUsage);
  refuses({}, InfoOf({}), ErrorKind::kBadInput);
  refuses({}, InfoOf(OneLayer(0)), ErrorKind::kBadInput);
  StreamInfo no_time = info;
  no_time.time_base = {0, 1};
  refuses({}, no_time, ErrorKind::kUsage);
}

TEST(TiledInput, NoFramesIsAnError) {
  SKIP_WITHOUT("hevc");
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto encoder = FeatureEncoder::Create({}, InfoOf(OneLayer()), sink.get());
  ASSERT_TRUE(encoder.ok());
  const Status status = (*encoder)->Finish();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
}

class Damage : public ::testing::TestWithParam<std::string> {
 protected:
  EncoderConfig Config() const {
    EncoderConfig config{.mode = GetParam(), .preset = "fast", .gop_frames = 5};
    if (IsLosslessMode(GetParam())) config.preset.clear();
    return config;
  }
};

TEST_P(Damage, ACutStreamGivesEveryWholeFrameBeforeTheCut) {
  SKIP_WITHOUT(GetParam());
  const auto bytes = Encode(Config(), OneLayer(), 14);
  const auto index = IndexOf(bytes);
  const Decoded all = Decode(bytes);
  ASSERT_EQ(all.frames.size(), 14u);
  for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 150) {
    const Decoded decoded = Decode(std::span<const uint8_t>(bytes).first(size));
    size_t whole = 0;
    for (const IndexEntry& entry : index) whole += entry.offset_bytes + entry.size_bytes <= size;
    EXPECT_EQ(decoded.frames.size(), whole) << "cut at " << size;
    int64_t last = -1;
    for (const DecodedFrame& frame : decoded.frames) {
      EXPECT_GT(frame.frame_number, last);
      last = frame.frame_number;
      ExpectSameValues(frame.frame, all.frames[size_t(last)].frame);
    }
    if (!decoded.status.ok()) {
      EXPECT_EQ(decoded.status.error().kind, ErrorKind::kBadInput);
    }
    // A stream may end between packets (a live one does); anywhere else the cut is reported.
    bool at_boundary = size == index.front().offset_bytes;
    for (const IndexEntry& entry : index) at_boundary |= entry.offset_bytes + entry.size_bytes == size;
    EXPECT_EQ(decoded.status.ok(), at_boundary) << "cut at " << size;
  }
}

TEST_P(Damage, FlippedBitsAreFound) {
  SKIP_WITHOUT(GetParam());
  const auto bytes = Encode(Config(), OneLayer(4, 8, 8), 6);
  const Decoded all = Decode(bytes);
  const uint64_t end = IndexOf(bytes).back().offset_bytes + IndexOf(bytes).back().size_bytes;
  std::mt19937 random(11);
  for (int trial = 0; trial < 400; ++trial) {
    std::vector<uint8_t> flipped = bytes;
    const size_t at = random() % bytes.size();
    flipped[at] ^= uint8_t(1 << random() % 8);
    const Decoded decoded = Decode(flipped);
    if (at < end) {
      EXPECT_FALSE(decoded.status.ok()) << "byte " << at << ": the CRC covers header and packets";
    }
    for (const DecodedFrame& frame : decoded.frames) {
      ASSERT_LT(frame.frame_number, 6);
      ExpectSameValues(frame.frame, all.frames[size_t(frame.frame_number)].frame);
    }
  }
}

// Behind the CRC: packets that are whole but wrong. Whatever they hold, the decoder returns, and values are finite.
TEST_P(Damage, WrongPayloadsNeverCrash) {
  SKIP_WITHOUT(GetParam());
  const auto layers = OneLayer(4, 8, 8);
  const auto bytes = Encode(Config(), layers, 6);
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), {});
  ASSERT_TRUE(reader.ok());
  std::vector<Packet> packets;
  for (;;) {
    auto packet = (*reader)->Next();
    ASSERT_TRUE(packet.ok());
    if (!packet->has_value()) break;
    RemoveConfiguration(&**packet);
    packets.push_back(std::move(**packet));
  }
  StreamHeader header = (*reader)->header();
  header.mode_config = (*reader)->mode_config();
  std::mt19937 random(12);
  int errors = 0;
  for (int trial = 0; trial < 600; ++trial) {
    auto decoder = CreateModeDecoder(header, {}, 1);
    ASSERT_TRUE(decoder.ok());
    std::vector<DecodedFrame> out;
    Status status;
    const size_t wrong = random() % packets.size();
    for (size_t i = 0; i < packets.size() && status.ok(); ++i) {
      Packet packet = packets[i];
      if (i == wrong) {
        switch (random() % 5) {
          case 0:
            packet.payload[random() % packet.payload.size()] ^= uint8_t(1 << random() % 8);
            break;
          case 1:
            packet.payload[random() % std::min<size_t>(packet.payload.size(), 24)] = uint8_t(random());
            break;
          case 2:
            packet.payload.resize(random() % packet.payload.size());
            break;
          case 3:
            packet.sections.resize(random() % 2);
            break;
          case 4:
            packet.frame_number = int64_t(random() % 8);
            break;
        }
      }
      status = (*decoder)->Push(packet, &out);
    }
    if (status.ok()) status = (*decoder)->Flush(&out);
    errors += !status.ok();
    for (const DecodedFrame& frame : out) EXPECT_TRUE(CheckFrame(frame.frame, layers, "decoded").ok());
  }
  EXPECT_GT(errors, 100);
}

TEST_P(Damage, WrongConfigurationNeverCrashes) {
  SKIP_WITHOUT(GetParam());
  const auto bytes = Encode(Config(), OneLayer(4, 8, 8), 2);
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), {});
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE((*reader)->Next().ok()) << "the first packet brings the configuration";
  std::mt19937 random(13);
  for (int trial = 0; trial < 300; ++trial) {
    StreamHeader header = (*reader)->header();
    header.mode_config = (*reader)->mode_config();
    if (trial % 3 == 0) {
      header.mode_config.resize(random() % header.mode_config.size());
    } else {
      header.mode_config[random() % std::min<size_t>(header.mode_config.size(), 16)] = uint8_t(random());
    }
    const auto decoder = CreateModeDecoder(header, {}, 1);
    if (!decoder.ok()) {
      EXPECT_EQ(decoder.error().kind, ErrorKind::kBadInput) << decoder.error().OneLine();
    }
    if (trial % 3 == 0) {
      EXPECT_FALSE(decoder.ok());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Damage, ::testing::Values("hevc", "h264", "ffv1", "png"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace fsc
