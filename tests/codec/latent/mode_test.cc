// The whole mode through its two interfaces: every frame comes back, in order, within what the step allows; the bytes
// do not depend on threads; damage is an error and never a crash.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "motion/flow_opencv.h"
#include "tests/support/latent_fixture.h"

namespace fsc {
namespace {

double Snr(const Clip& clip, const std::vector<DecodedFrame>& decoded) {
  double sum = 0, squares = 0, error = 0;
  int64_t count = 0;
  for (size_t t = 0; t < clip.frames.size(); ++t) {
    for (size_t i = 0; i < clip.layers.size(); ++i) {
      const std::span<const float> x = clip.frames[t].layers[i].values();
      const std::span<const float> y = decoded[t].frame.layers[i].values();
      for (size_t j = 0; j < x.size(); ++j) {
        sum += x[j];
        squares += double{x[j]} * x[j];
        error += double{x[j] - y[j]} * (x[j] - y[j]);
      }
      count += int64_t(x.size());
    }
  }
  return 10 * std::log10((squares - sum * sum / count) / std::max(error, 1e-30));
}

TEST(LatentMode, EveryFrameComesBackForEveryShapeAndStructure) {
  for (size_t shape = 0; shape < kShapes.size(); ++shape) {
    for (const bool luma : {false, true}) {
      const Clip clip = MakeClip(kShapes[shape], 25, luma, uint32_t(shape));
      for (const int structure : {0, 1, 2, 3}) {
        SCOPED_TRACE(testing::Message() << "shape " << shape << " structure " << structure << (luma ? " luma" : ""));
        EncoderConfig config = Config(20);
        config.preset = structure == 0 ? "fast" : structure == 1 ? "high" : "balanced";
        config.low_delay = structure == 2;
        if (structure == 3) config.gop_frames = 1;
        config.latent.transform = shape % 2 == 0 ? LatentTransform::kIdentity : LatentTransform::kKlt;
        const Result<Stream> stream = EncodeClip(clip, config);
        ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
        const Result<std::vector<DecodedFrame>> decoded = DecodeStream(*stream);
        ASSERT_TRUE(decoded.ok()) << decoded.error().OneLine();
        ASSERT_EQ(decoded->size(), clip.frames.size());
        for (size_t t = 0; t < decoded->size(); ++t) {
          EXPECT_EQ((*decoded)[t].frame_number, int64_t(t));
          EXPECT_EQ((*decoded)[t].frame.timestamp_ticks, clip.frames[t].timestamp_ticks);
        }
        EXPECT_GT(Snr(clip, *decoded), 22);
      }
    }
  }
}

TEST(LatentMode, LosslessPlanesReturnWithinHalfAUnit) {
  const Clip clip = MakeClip(kShapes[3], 12, true, 3);
  EncoderConfig config = Config(32);
  config.latent.lossless = true;
  config.latent.transform = LatentTransform::kIdentity;
  const Result<Stream> stream = EncodeClip(clip, config);
  ASSERT_TRUE(stream.ok());
  const Result<std::vector<DecodedFrame>> decoded = DecodeStream(*stream);
  ASSERT_TRUE(decoded.ok());
  // A unit is 1/256 of the standard deviation: 6 + 48 + 10.8 dB.
  EXPECT_GT(Snr(clip, *decoded), 56);
}

TEST(LatentMode, HigherQpIsSmallerAndWorse) {
  const Clip clip = MakeClip(kShapes[3], 17, true, 4);
  size_t last_bytes = SIZE_MAX;
  double last_snr = 1e9;
  for (const int qp : {12, 24, 36, 48}) {
    const Result<Stream> stream = EncodeClip(clip, Config(qp));
    ASSERT_TRUE(stream.ok());
    size_t bytes = stream->header.mode_config.size();
    for (const Packet& packet : stream->packets) bytes += packet.payload.size();
    const Result<std::vector<DecodedFrame>> decoded = DecodeStream(*stream);
    ASSERT_TRUE(decoded.ok());
    const double snr = Snr(clip, *decoded);
    EXPECT_LT(bytes, last_bytes);
    EXPECT_LT(snr, last_snr);
    last_bytes = bytes;
    last_snr = snr;
  }
}

TEST(LatentMode, BytesAndFramesDoNotDependOnThreads) {
  const Clip clip = MakeClip(kShapes[3], 13, true, 6);
  EncoderConfig config = Config(30);
  config.latent.plane_groups = 3;
  const Result<Stream> serial = EncodeClip(clip, config);
  ASSERT_TRUE(serial.ok());
  const Result<std::vector<DecodedFrame>> frames = DecodeStream(*serial);
  ASSERT_TRUE(frames.ok());
  for (const int threads : {2, 3, 8}) {
    config.threads = threads;
    const Result<Stream> parallel = EncodeClip(clip, config);
    ASSERT_TRUE(parallel.ok());
    ASSERT_EQ(parallel->header.mode_config, serial->header.mode_config);
    ASSERT_EQ(parallel->packets.size(), serial->packets.size());
    for (size_t i = 0; i < serial->packets.size(); ++i)
      ASSERT_EQ(parallel->packets[i].payload, serial->packets[i].payload) << i;
    const Result<std::vector<DecodedFrame>> again = DecodeStream(*serial, threads);
    ASSERT_TRUE(again.ok());
    for (size_t t = 0; t < frames->size(); ++t) {
      for (size_t i = 0; i < clip.layers.size(); ++i) {
        ASSERT_TRUE(std::ranges::equal((*again)[t].frame.layers[i].values(), (*frames)[t].frame.layers[i].values()));
      }
    }
  }
}

TEST(LatentMode, DecodingStartsAtRandomAccessFrames) {
  const Clip clip = MakeClip(kShapes[1], 30, true, 8);
  const Result<Stream> stream = EncodeClip(clip, Config(30));
  ASSERT_TRUE(stream.ok());
  const Result<std::vector<DecodedFrame>> all = DecodeStream(*stream);
  ASSERT_TRUE(all.ok());
  int starts = 0;
  for (size_t i = 0; i < stream->packets.size(); ++i) {
    if (!stream->packets[i].random_access) {
      if (i > 0) continue;
    }
    ++starts;
    const Result<std::vector<DecodedFrame>> tail = DecodeStream(*stream, 1, i);
    ASSERT_TRUE(tail.ok()) << tail.error().OneLine();
    ASSERT_EQ(tail->front().frame_number, stream->packets[i].frame_number);
    for (const DecodedFrame& frame : *tail) {
      ASSERT_TRUE(
          std::ranges::equal(frame.frame.layers[0].values(), (*all)[frame.frame_number].frame.layers[0].values()));
    }
  }
  EXPECT_EQ(starts, 3);
}

// Every channel is a random mixture of three patterns that move with the luma.
Clip MixedClip(const std::vector<LayerSpec>& layers, int frames) {
  Clip clip = MakeClip(layers, frames, true, 9);
  std::mt19937 random(19);
  std::normal_distribution<float> normal;
  std::map<std::string, std::vector<std::array<float, 3>>> weights;
  for (const LayerSpec& layer : layers) {
    for (int c = 0; c < layer.channels; ++c) {
      const float first = normal(random), second = normal(random), third = normal(random);
      weights[layer.name].push_back({first, second, third});
    }
  }
  for (int t = 0; t < frames; ++t) {
    clip.frames[size_t(t)] = MakeFrame(layers, 100 + 3 * t, [&](const LayerSpec& layer, int c, int y, int x) {
      const std::array<float, 3>& weight = weights[layer.name][size_t(c)];
      const float px = float(x * layer.stride_px - 2 * t);
      const float py = float(y * layer.stride_px - t);
      return weight[0] * std::sin(px * 0.05f) * std::cos(py * 0.04f) + weight[1] * std::sin(px * 0.11f + py * 0.02f) +
             weight[2] * std::cos(py * 0.09f);
    });
  }
  return clip;
}

// Motion bytes of each frame that has references.
std::vector<uint64_t> MotionBytes(const char* preset, bool low_delay, int channels) {
  const Clip clip = MixedClip(
      {{"a", channels, 24, 32, 8, 0}, {"b", channels / 2, 12, 16, 16, 0}, {"c", 2 * channels, 6, 8, 32, 0}}, 9);
  EncoderConfig config = Config(36);
  config.low_delay = low_delay;
  config.preset = preset;
  // Otherwise the kind would change with the channels: one frame is too little to fit components of 256 on.
  config.latent.transform = LatentTransform::kIdentity;
  const Result<Stream> stream = EncodeClip(clip, config);
  EXPECT_TRUE(stream.ok());
  if (!stream.ok()) return {};
  std::vector<uint64_t> motion;
  for (const Packet& packet : stream->packets) {
    for (const Section& section : packet.sections) {
      if (section.kind == SectionKind::kMotion) motion.push_back(section.size_bytes);
    }
  }
  return motion;
}

uint64_t Sum(const std::vector<uint64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), uint64_t{0});
}

TEST(LatentMode, MotionBytesDoNotGrowWithChannels) {
  for (const bool low_delay : {false, true}) {
    std::vector<uint64_t> first;
    for (const int channels : {8, 64, 256}) {
      const std::vector<uint64_t> motion = MotionBytes("fast", low_delay, channels);
      if (first.empty()) first = motion;
      EXPECT_EQ(motion, first) << channels << " channels";
      EXPECT_GT(Sum(motion), 2 * motion.size());
    }
  }
}

// The other presets weigh motion against what the planes gain by it, and that grows with the channels: balanced leaves
// fewer fields out, so its bytes grow up to those of fast and no further. High searches in the planes, of which more
// give smoother fields. Of 64 to 256 channels, 64 = 1: balanced 1.03, low delay 1.00; high .42 and .60.
TEST(LatentMode, MotionBytesHaveABoundWhereTheyAreWeighed) {
  for (const bool low_delay : {false, true}) {
    const uint64_t whole = Sum(MotionBytes("fast", low_delay, 8));
    for (const char* preset : {"balanced", "high"}) {
      SCOPED_TRACE(testing::Message() << preset << (low_delay ? ", low delay" : ""));
      const uint64_t few = Sum(MotionBytes(preset, low_delay, 8));
      const uint64_t some = Sum(MotionBytes(preset, low_delay, 64));
      const uint64_t many = Sum(MotionBytes(preset, low_delay, 256));
      EXPECT_LE(double(many), 1.3 * double(some));
      for (const uint64_t bytes : {few, some, many}) EXPECT_LE(bytes, whole);
      RecordProperty(std::string(preset) + (low_delay ? "_low_delay" : ""),
                     std::to_string(few) + " " + std::to_string(some) + " " + std::to_string(many));
    }
  }
}

TEST(LatentMode, DamageIsAnErrorOrAFrameNeverACrash) {
  const Clip clip = MakeClip(kShapes[3], 13, true, 10);
  const Result<Stream> good = EncodeClip(clip, Config(34));
  ASSERT_TRUE(good.ok());
  std::mt19937 random(11);
  int errors = 0;
  for (int round = 0; round < 300; ++round) {
    Stream bad{good->header, good->packets};
    if (round % 4 == 3) {
      std::vector<uint8_t>& config = bad.header.mode_config;
      if (round % 8 == 3) {
        config.resize(random() % config.size());
      } else {
        config[random() % config.size()] = uint8_t(random());
      }
    } else {
      Packet& packet = bad.packets[random() % bad.packets.size()];
      for (int i = 0; i <= round % 3; ++i)
        packet.payload[random() % packet.payload.size()] ^= uint8_t(1 + random() % 255);
      if (round % 10 == 0) packet.sections.pop_back();
      if (round % 10 == 1) packet.sections[random() % packet.sections.size()].size_bytes += random() % 1000;
      if (round % 10 == 2) packet.frame_number += int(random() % 5) - 2;
      if (round % 10 == 4) packet.random_access = !packet.random_access;
      if (round % 10 == 5)
        std::swap(bad.packets[random() % bad.packets.size()], bad.packets[random() % bad.packets.size()]);
    }
    errors += !DecodeStream(bad).ok();
  }
  EXPECT_GT(errors, 60);
}

TEST(LatentMode, OddValuesAreCodedAndComeBackFinite) {
  for (const float value : {0.0f, -5.0f, 1e-38f, 1e9f, 3e38f}) {
    for (const LatentTransform transform : {LatentTransform::kIdentity, LatentTransform::kKlt}) {
      Clip clip = MakeClip({{"x", 6, 9, 10, 8, 0}}, 10, false, 14);
      for (size_t t = 0; t < clip.frames.size(); ++t) {
        const std::span<float> values = clip.frames[t].layers[0].values();
        if (t < 5) std::fill(values.begin(), values.end(), value);  // nothing to learn from, then the pattern
        values[t * 7] = value;                                      // and one that does not fit in
      }
      EncoderConfig config = Config(24);
      config.latent.transform = transform;
      const Result<Stream> stream = EncodeClip(clip, config);
      ASSERT_TRUE(stream.ok()) << value << ": " << stream.error().OneLine();
      const Result<std::vector<DecodedFrame>> decoded = DecodeStream(*stream);
      ASSERT_TRUE(decoded.ok()) << value << ": " << decoded.error().OneLine();
      ASSERT_EQ(decoded->size(), clip.frames.size());
      for (const DecodedFrame& frame : *decoded) {
        for (const float x : frame.frame.layers[0].values()) ASSERT_TRUE(std::isfinite(x)) << value;
      }
    }
  }
}

TEST(LatentMode, DenseFlowIsAnotherSourceOfTheField) {
  const Clip clip = MakeClip({{"x", 8, 16, 20, 8, 0}}, 6, true, 15);
  EncoderConfig config = Config(30);
  config.latent.motion = LatentMotion::kFlow;
  const Result<Stream> stream = EncodeClip(clip, config);
  if (!FlowAvailable()) {
    ASSERT_FALSE(stream.ok());
    EXPECT_EQ(stream.error().kind, ErrorKind::kUsage);
    return;
  }
  ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
  const Result<std::vector<DecodedFrame>> decoded = DecodeStream(*stream);
  ASSERT_TRUE(decoded.ok()) << decoded.error().OneLine();
  config.latent.motion = LatentMotion::kZero;
  const Result<Stream> still = EncodeClip(clip, config);
  ASSERT_TRUE(still.ok());
  const auto bytes = [](const Stream& s) {
    size_t sum = 0;
    for (const Packet& packet : s.packets) sum += packet.payload.size();
    return sum;
  };
  EXPECT_LT(bytes(*stream), bytes(*still));  // the pattern moves
}

TEST(LatentMode, RefusesWhatItCannotDo) {
  const std::vector<LayerSpec> layers = kShapes[1];
  EncoderConfig config = Config(64);
  EXPECT_EQ(CreateLatentEncoder(config, layers, {25, 1}, {}).error().kind, ErrorKind::kUsage);
  config = Config(30);
  config.preset = "medium";
  EXPECT_EQ(CreateLatentEncoder(config, layers, {25, 1}, {}).error().kind, ErrorKind::kUsage);
  config = Config(30);
  config.latent.plane_groups = 65;
  EXPECT_EQ(CreateLatentEncoder(config, layers, {25, 1}, {}).error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace fsc
