// Mode "float": every bit comes back, at any frame, and damaged bytes are found before they cost memory.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "codec/float_syntax.h"
#include "codec/mode_registry.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

// Any finite bit pattern: denormals, both zeros, the largest and smallest values.
FeatureFrame AnyFrame(const std::vector<LayerSpec>& layers, int64_t t) {
  FeatureFrame frame = MovingFrame(layers, t);
  std::mt19937 random{unsigned(t)};
  for (Tensor& tensor : frame.layers) {
    for (float& x : tensor.values()) {
      const uint32_t bits = random();
      const float value = std::bit_cast<float>(bits);
      if (bits % 3 == 0 && std::isfinite(value)) x = value;
    }
    const float special[] = {-0.0f,
                             0.0f,
                             std::numeric_limits<float>::denorm_min(),
                             -1e-42f,
                             std::numeric_limits<float>::max(),
                             -std::numeric_limits<float>::max()};
    for (size_t i = 0; i < std::min(tensor.size(), std::size(special)); ++i) tensor.values()[i] = special[i];
  }
  return frame;
}

std::vector<uint8_t> EncodeAny(const std::vector<LayerSpec>& layers, int frames) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto encoder = FeatureEncoder::Create({.mode = "float"}, InfoOf(layers), sink.get());
  EXPECT_TRUE(encoder.ok());
  for (int t = 0; t < frames; ++t) EXPECT_TRUE((*encoder)->Push(AnyFrame(layers, t)).ok());
  EXPECT_TRUE((*encoder)->Finish().ok());
  return bytes;
}

void ExpectSameBits(const FeatureFrame& a, const FeatureFrame& b) {
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (size_t i = 0; i < a.layers.size(); ++i) {
    for (size_t k = 0; k < a.layers[i].size(); ++k) {
      ASSERT_EQ(std::bit_cast<uint32_t>(a.layers[i].values()[k]), std::bit_cast<uint32_t>(b.layers[i].values()[k]));
    }
  }
}

TEST(FloatMode, EveryBitOfEveryShape) {
  for (const auto& layers : {OneLayer(1, 1, 1), OneLayer(63, 1, 1), OneLayer(64, 1, 1), OneLayer(2048, 1, 1),
                             OneLayer(3, 1, 200), ThreeLayers()}) {
    const Decoded decoded = Decode(EncodeAny(layers, 4));
    ASSERT_TRUE(decoded.status.ok()) << decoded.status.error().OneLine();
    ASSERT_EQ(decoded.frames.size(), 4u);
    for (int t = 0; t < 4; ++t) {
      EXPECT_EQ(decoded.frames[size_t(t)].frame_number, t);
      EXPECT_EQ(decoded.frames[size_t(t)].frame.timestamp_ticks, 1000 + 3 * t);
      ExpectSameBits(decoded.frames[size_t(t)].frame, AnyFrame(layers, t));
    }
  }
}

TEST(FloatMode, EveryFrameIsARandomAccessPoint) {
  const auto layers = OneLayer();
  const auto bytes = EncodeAny(layers, 6);
  for (int first = 1; first < 6; ++first) {
    const Decoded part = Decode(bytes, first);
    ASSERT_EQ(part.frames.size(), size_t(6 - first));
    ExpectSameBits(part.frames[0].frame, AnyFrame(layers, first));
  }
}

TEST(FloatMode, SmoothFeaturesAndZerosCostLess) {
  const auto layers = OneLayer(12, 40, 40);
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto encoder = FeatureEncoder::Create({.mode = "float"}, InfoOf(layers), sink.get());
  FeatureFrame frame = MovingFrame(layers, 0);
  for (float& x : frame.layers[0].values()) x = std::max(x, 0.0f);
  ASSERT_TRUE((*encoder)->Push(frame).ok());
  ASSERT_TRUE((*encoder)->Finish().ok());
  EXPECT_LT(bytes.size(), frame.layers[0].size() * 3);
}

TEST(FloatMode, RefusesWhatItCannotObeyAndWhatNoModeTakes) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  const auto with_preset = FeatureEncoder::Create({.mode = "float", .preset = "fast"}, InfoOf(OneLayer()), sink.get());
  ASSERT_FALSE(with_preset.ok());
  EXPECT_EQ(with_preset.error().kind, ErrorKind::kUsage);
  auto encoder = FeatureEncoder::Create({.mode = "float"}, InfoOf(OneLayer()), sink.get());
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    FeatureFrame frame = MovingFrame(OneLayer(), 0);
    frame.layers[0].values()[5] = bad;
    EXPECT_EQ((*encoder)->Push(frame).error().kind, ErrorKind::kBadInput);
  }
}

StreamHeader HeaderOf(const std::vector<LayerSpec>& layers) {
  StreamHeader header;
  header.layers = layers;
  header.mode = "float";
  header.mode_config = {1};
  return header;
}

TEST(FloatMode, DamagedPacketsAreFound) {
  const auto layers = ThreeLayers();
  auto encoder = CreateModeEncoder({.mode = "float"}, layers, {1, 25}, {25, 1}, {});
  ASSERT_TRUE(encoder.ok());
  std::vector<Packet> packets;
  ASSERT_TRUE((*encoder)->Push(MovingFrame(layers, 0), {}, &packets).ok());
  ASSERT_EQ(packets.size(), 1u);
  std::mt19937 random(5);
  for (int i = 0; i < 400; ++i) {
    Packet packet = packets[0];
    switch (i % 4) {
      case 0:
        packet.payload[random() % packet.payload.size()] ^= uint8_t(1 << random() % 8);
        break;
      case 1:
        packet.payload.resize(random() % packet.payload.size());
        break;
      case 2:
        packet.sections[random() % 3].size_bytes += random() % 100 - 50;
        break;
      default:
        packet.sections.erase(packet.sections.begin() + random() % 3);
    }
    auto decoder = CreateModeDecoder(HeaderOf(layers), {}, 1);
    std::vector<DecodedFrame> frames;
    const Status status = (*decoder)->Push(packet, &frames);
    if (!status.ok()) {
      EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
      EXPECT_TRUE(frames.empty());
    }
  }
  StreamHeader newer = HeaderOf(layers);
  newer.mode_config = {2};
  EXPECT_EQ(CreateModeDecoder(newer, {}, 1).error().kind, ErrorKind::kBadInput);
  newer.mode_config = {};
  EXPECT_EQ(CreateModeDecoder(newer, {}, 1).error().kind, ErrorKind::kBadInput);
}

TEST(FloatSyntax, ShortBytesPromiseNoFloats) {
  ByteWriter raw;
  raw.U8(0);
  raw.U32(7);
  EXPECT_TRUE(PromiseFloats(ByteReader(raw.bytes()), 1));
  EXPECT_FALSE(PromiseFloats(ByteReader(raw.bytes()), size_t{1} << 27)) << "a layer that these bytes cannot hold";
  const std::vector<float> zeros(1000);
  ByteWriter packed;
  ASSERT_TRUE(WriteFloats(zeros, 3, &packed).ok());
  EXPECT_LT(packed.size(), 100u);
  EXPECT_TRUE(PromiseFloats(ByteReader(packed.bytes()), 1000));
  EXPECT_FALSE(PromiseFloats(ByteReader(packed.bytes()), 1001));
  EXPECT_FALSE(PromiseFloats(ByteReader({}), 0));
}

}  // namespace
}  // namespace fsc
