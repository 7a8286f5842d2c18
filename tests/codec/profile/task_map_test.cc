// Errors weighed by where they matter: the map of a profile, what the encoder makes of weights, and what is refused.
#include "codec/profile/task_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "codec/profile/conv_net_run.h"
#include "codec/profile/transform.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/crc32c.h"
#include "tests/support/each_cpu_level.h"
#include "tests/support/profile_fixture.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

constexpr int kChannels = 6;
constexpr int kHeight = 30, kWidth = 42;  // not whole blocks

LayerSpec Layer() {
  LayerSpec layer = ProfileLayer("out", kChannels, 8);
  layer.height_cells = kHeight;
  layer.width_cells = kWidth;
  return layer;
}

Profile WithMap(float scale = 1) {
  Profile profile = LinearProfile(kChannels, kChannels);
  std::mt19937 random(5);
  ConvNet map = PlainNet(RandomConvolution(kChannels, 8, 1, 8, true, &random));
  map.main.push_back(RandomConvolution(8, 1, 3, 8, false, &random));
  for (float& weight : map.main[1].weights) weight *= scale;
  map.low.assign(1, -std::numeric_limits<float>::infinity());
  profile.parts[0].task_map = map;
  return profile;
}

EncoderConfig Latent(const std::string& preset = "", int qp = 40) {
  EncoderConfig config;
  config.mode = "latent";
  config.preset = preset;
  config.qp = qp;
  return config;
}

// Codes the fixture's frames, each with these weights (none where empty).
std::vector<uint8_t> EncodeWeighed(const EncoderConfig& config, const std::vector<Tensor>& weights, int frames) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  StreamInfo stream;
  stream.layers = {Layer()};
  auto encoder = FeatureEncoder::Create(config, stream, sink.get());
  EXPECT_TRUE(encoder.ok()) << encoder.error().OneLine();
  for (int t = 0; t < frames; ++t) {
    const Status status = (*encoder)->Push(MovingFrame(stream.layers, t), {.weights = weights});
    EXPECT_TRUE(status.ok()) << status.error().OneLine();
  }
  EXPECT_TRUE((*encoder)->Finish().ok());
  return bytes;
}

Tensor Constant(float value) {
  Tensor tensor(1, kHeight, kWidth);
  std::fill(tensor.values().begin(), tensor.values().end(), value);
  return tensor;
}

std::vector<Tensor> Only(Tensor tensor) {
  std::vector<Tensor> list;
  list.push_back(std::move(tensor));
  return list;
}

// Mean squared error of the left and of the right half.
std::array<double, 2> HalfErrors(const std::vector<uint8_t>& bytes, int frames) {
  const auto source = MemorySource(bytes);
  auto decoder = FeatureDecoder::Open(source.get());
  EXPECT_TRUE(decoder.ok());
  std::array<double, 2> errors{};
  for (int t = 0; t < frames; ++t) {
    const auto decoded = (*decoder)->Next();
    EXPECT_TRUE(decoded.ok() && decoded->has_value());
    const FeatureFrame original = MovingFrame({Layer()}, t);
    for (size_t i = 0; i < original.layers[0].size(); ++i) {
      const double error = (*decoded)->frame.layers[0].values()[i] - original.layers[0].values()[i];
      errors[int(i % kWidth) >= kWidth / 2] += error * error;
    }
  }
  return errors;
}

TEST(TaskMap, WeightsAreQuarterOctavesWithinTheirLimits) {
  for (const float scale : {1.0f, 50.0f}) {
    const auto profile = Stored(WithMap(scale));
    const FeatureFrame reduced = ReduceFrame(profile->parts, MovingFrame({Layer()}, 0), nullptr);
    const std::vector<Tensor> weights = TaskWeights(profile->parts, reduced, nullptr);
    ASSERT_EQ(weights.size(), 1u);
    const Tensor logs = RunConvNetPlain(profile->parts[0].task_map, reduced.layers[0]);
    ASSERT_EQ(weights[0].size(), logs.size());
    for (size_t i = 0; i < logs.size(); ++i) {
      const float quarters = 4 * std::log2(weights[0].values()[i]);
      EXPECT_NEAR(quarters, std::round(quarters), 1e-4);
      const float wanted = std::clamp(logs.values()[i], -float(kTaskMapOctaves), float(kTaskMapOctaves));
      EXPECT_NEAR(quarters / 4, wanted, 0.126) << i;
    }
  }
  EXPECT_TRUE(TaskWeights(LinearProfile(kChannels, kChannels).parts, MovingFrame({Layer()}, 0), nullptr).empty());
}

TEST(TaskMap, TheSameBytesForEveryThreadAndCpu) {
  for (const char* preset : {"fast", "balanced", "high"}) {
    EncoderConfig config = Latent(preset);
    config.profile = Stored(WithMap());
    const auto bytes = Encode(config, {Layer()}, 4);
    ForEachCpuLevel([&] {
      for (const int threads : {1, 3}) {
        config.threads = threads;
        EXPECT_EQ(Encode(config, {Layer()}, 4), bytes) << preset << ", " << threads << " threads";
      }
    });
    config.threads = 1;
    config.latent.task_map = false;
    EXPECT_NE(Encode(config, {Layer()}, 4), bytes) << "the map was of use";
    config.profile = Stored(LinearProfile(kChannels, kChannels));
    const auto without = Encode(config, {Layer()}, 4);
    config.latent.task_map = true;
    EXPECT_EQ(Encode(config, {Layer()}, 4), without) << "no map, nothing to switch off";
  }
}

// The map is the encoder's: decoders need not know it, and by its hash the profile is the same one.
TEST(TaskMap, IsNotInTheStream) {
  const auto with = Stored(WithMap()), without = Stored(LinearProfile(kChannels, kChannels));
  EXPECT_EQ(with->decoder_sha256, without->decoder_sha256);
  EXPECT_EQ(with->parts[0].task_map.main.size(), 2u);
  EncoderConfig config = Latent();
  config.profile = with;
  config.profile_by_hash = true;
  const auto bytes = Encode(config, {Layer()}, 3);
  const auto source = MemorySource(bytes);
  EXPECT_TRUE(FeatureDecoder::Open(source.get(), {.profile = without.get()}).ok());
}

TEST(TaskMap, OneEverywhereChangesNothing) {
  for (const char* preset : {"fast", "balanced", "high"}) {
    EXPECT_EQ(EncodeWeighed(Latent(preset), Only(Constant(1)), 6), EncodeWeighed(Latent(preset), {}, 6)) << preset;
  }
}

TEST(TaskMap, ErrorsGoWhereTheyMatterLittle) {
  Tensor weights(1, kHeight, kWidth);
  for (size_t i = 0; i < weights.size(); ++i) weights.values()[i] = int(i % kWidth) < kWidth / 2 ? 4 : 0.25f;
  for (const char* preset : {"fast", "balanced", "high"}) {
    const auto plain = HalfErrors(EncodeWeighed(Latent(preset), {}, 6), 6);
    const auto weighed = HalfErrors(EncodeWeighed(Latent(preset), Only(weights.Clone()), 6), 6);
    EXPECT_LT(weighed[0], 0.98 * plain[0]) << preset;
    EXPECT_GT(weighed[1], 1.1 * plain[1]) << preset;
  }
}

TEST(TaskMap, ImpossibleWeightsAreRefused) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  StreamInfo stream;
  stream.layers = {Layer()};
  auto encoder = FeatureEncoder::Create(Latent(), stream, sink.get());
  ASSERT_TRUE(encoder.ok());
  const auto refuses = [&](const std::vector<Tensor>& weights) {
    return !(*encoder)->Push(MovingFrame(stream.layers, 0), {.weights = weights}).ok();
  };
  std::vector<Tensor> two = Only(Constant(1));
  two.push_back(Constant(1));
  EXPECT_TRUE(refuses(two));
  EXPECT_TRUE(refuses(Only(Tensor(1, kHeight, kWidth + 1))));
  EXPECT_TRUE(refuses(Only(Tensor(2, kHeight, kWidth))));
  for (const float value : {0.0f, -1.0f, NAN, INFINITY, 1000.0f}) {
    EXPECT_TRUE(refuses(Only(Constant(value)))) << value;
  }
  EXPECT_TRUE((*encoder)->Push(MovingFrame(stream.layers, 0)).ok()) << "the stream goes on";
}

TEST(TaskMap, WeightsOfARefusedFrameAreNotTheNextOnes) {
  const auto encoded = [](bool with_refused) {
    std::vector<uint8_t> bytes;
    const auto sink = MemorySink(&bytes);
    StreamInfo stream;
    stream.layers = {Layer()};
    const auto encoder = FeatureEncoder::Create(Latent(), stream, sink.get());
    EXPECT_TRUE(encoder.ok());
    if (with_refused) {
      Tensor weights = Constant(0.25f);
      weights.values()[0] = 4;
      FeatureFrame wrong = MovingFrame(stream.layers, 0);
      wrong.layers[0].values()[0] = NAN;
      EXPECT_FALSE((*encoder)->Push(wrong, {.weights = Only(std::move(weights))}).ok());
    }
    EXPECT_TRUE((*encoder)->Push(MovingFrame(stream.layers, 0)).ok());
    EXPECT_TRUE((*encoder)->Finish().ok());
    return bytes;
  };
  EXPECT_EQ(encoded(false), encoded(true));
}

TEST(TaskMap, MapsThatDoNotFitAreRefused) {
  Profile profile = WithMap();
  std::mt19937 random(1);
  profile.parts[0].task_map = PlainNet(RandomConvolution(kChannels, 2, 1, 8, false, &random));
  EXPECT_FALSE(WriteProfile(profile).ok()) << "two outputs";
  profile.parts[0].task_map = PlainNet(RandomConvolution(kChannels + 1, 1, 1, 8, false, &random));
  EXPECT_FALSE(WriteProfile(profile).ok()) << "another number of planes";

  // Behind a good checksum: each byte of the section changed, and another version.
  const auto whole = WriteProfile(WithMap()), plain = WriteProfile(LinearProfile(kChannels, kChannels));
  ASSERT_TRUE(whole.ok() && plain.ok());
  const auto read = [](std::vector<uint8_t> bytes) {
    const uint32_t crc = Crc32c(std::span(bytes).first(bytes.size() - 4));
    for (size_t i = 0; i < 4; ++i) bytes[bytes.size() - 4 + i] = uint8_t(crc >> (8 * i));
    return ReadProfile(bytes, Limits{}, "memory");
  };
  const size_t section = plain->size() - 4;  // its tag
  ASSERT_EQ((*whole)[section], 0xCD);
  int refused = 0;
  for (size_t i = section; i + 4 < whole->size(); ++i) {
    std::vector<uint8_t> damaged = *whole;
    damaged[i] ^= 0x41;
    const auto profile_read = read(std::move(damaged));
    refused += !profile_read.ok();
    if (profile_read.ok()) continue;
    EXPECT_EQ(profile_read.error().kind, ErrorKind::kBadInput) << i;
  }
  EXPECT_GT(refused, 5);
  std::vector<uint8_t> newer = *whole;
  size_t payload = section + 1;
  while (newer[payload] & 0x80) ++payload;
  newer[payload + 1] = 2;
  const auto newer_read = read(std::move(newer));
  ASSERT_FALSE(newer_read.ok());
  EXPECT_NE(newer_read.error().OneLine().find("task map version 2"), std::string::npos);
}

}  // namespace
}  // namespace fsc
