// The latent encoder follows what it codes: other scenes, other scales, values that do not fit, and what it says of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "codec/latent/encode/frame_scan.h"
#include "codec/latent/encode/outliers.h"
#include "tests/support/latent_fixture.h"

namespace fsc {
namespace {

const std::vector<LayerSpec> kOneLayer = {{"a", 12, 20, 28, 8, 0}};

// Frames of `b` behind those of `a`; both without luma.
Clip Joined(Clip a, const Clip& b) {
  for (const FeatureFrame& frame : b.frames) {
    FeatureFrame copy;
    copy.timestamp_ticks = 100 + 3 * int64_t(a.frames.size());
    for (const Tensor& layer : frame.layers) copy.layers.push_back(layer.Clone());
    a.frames.push_back(std::move(copy));
  }
  return a;
}

Clip Scaled(Clip clip, float factor) {
  for (FeatureFrame& frame : clip.frames) {
    for (Tensor& layer : frame.layers) {
      for (float& value : layer.values()) value *= factor;
    }
  }
  return clip;
}

double SnrDb(const Tensor& original, const Tensor& decoded) {
  double sum = 0;
  double squares = 0;
  double error = 0;
  for (size_t i = 0; i < original.size(); ++i) {
    const double x = original.values()[i];
    sum += x;
    squares += x * x;
    error += (x - decoded.values()[i]) * (x - decoded.values()[i]);
  }
  const double n = double(original.size());
  return 10 * std::log10((squares - sum * sum / n) / std::max(error, 1e-30));
}

struct Coded {
  std::vector<double> snr_db;  // [frame], of the first layer
  std::vector<DecodedFrame> frames;
  std::vector<int64_t> configured;  // frames whose packets bring a configuration
  std::vector<uint64_t> bytes;      // [frame], payload
  Warnings warnings;
};

Coded Code(const Clip& clip, const EncoderConfig& config) {
  Coded coded;
  auto encoder = CreateLatentEncoder(config, clip.layers, {25, 1}, {});
  EXPECT_TRUE(encoder.ok());
  Stream stream;
  for (size_t t = 0; t < clip.frames.size(); ++t) {
    const PlaneView<const uint8_t> luma = clip.luma.empty() ? PlaneView<const uint8_t>{} : clip.luma[t].view();
    const size_t before = stream.packets.size();
    const Status pushed = (*encoder)->Push(clip.frames[t], {.luma = luma}, &stream.packets);
    EXPECT_TRUE(pushed.ok()) << pushed.error().OneLine();
    if (config.low_delay) {
      EXPECT_EQ(stream.packets.size(), before + 1);
    }
  }
  EXPECT_TRUE((*encoder)->Flush(&stream.packets).ok());
  stream.header.layers = clip.layers;
  stream.header.mode = "latent";
  stream.header.mode_config = (*encoder)->mode_config();
  coded.warnings = (*encoder)->warnings();
  coded.bytes.resize(clip.frames.size());
  for (const Packet& packet : stream.packets) {
    coded.bytes[size_t(packet.frame_number)] = packet.payload.size();
    if (packet.configures()) coded.configured.push_back(packet.frame_number);
  }
  Result<std::vector<DecodedFrame>> decoded = DecodeStream(stream);
  EXPECT_TRUE(decoded.ok()) << decoded.error().OneLine();
  if (!decoded.ok()) return coded;
  EXPECT_EQ(decoded->size(), clip.frames.size());
  coded.frames = std::move(*decoded);
  for (size_t t = 0; t < coded.frames.size(); ++t) {
    coded.snr_db.push_back(SnrDb(clip.frames[t].layers[0], coded.frames[t].frame.layers[0]));
  }
  return coded;
}

EncoderConfig LowDelay(EncoderConfig config) {
  config.low_delay = true;
  return config;
}

TEST(LatentAdaptation, AfterAConstantStartTheClipIsCodedAsAlone) {
  const Clip clip = MakeClip(kOneLayer, 20, false, 3);
  Clip constant = MakeClip(kOneLayer, 12, false, 4);
  for (FeatureFrame& frame : constant.frames) {
    const std::span<float> values = frame.layers[0].values();
    std::fill(values.begin(), values.end(), 0.25f);
  }
  for (const int qp : {10, 30, 50}) {
    for (const bool low_delay : {false, true}) {
      SCOPED_TRACE(testing::Message() << "qp " << qp << (low_delay ? ", low delay" : ""));
      const EncoderConfig config = low_delay ? LowDelay(Config(qp)) : Config(qp);
      const Coded alone = Code(clip, config);
      const Coded after = Code(Joined(Joined(MakeClip(kOneLayer, 0, false, 1), constant), clip), config);
      EXPECT_THAT(after.configured, testing::ElementsAre(12));
      EXPECT_TRUE(after.warnings.empty());
      for (size_t t = 0; t < clip.frames.size(); ++t) {
        EXPECT_NEAR(after.snr_db[t + 12], alone.snr_db[t], 0.5) << "frame " << t;
      }
    }
  }
}

TEST(LatentAdaptation, FollowsTheScale) {
  const Clip clip = MakeClip(kOneLayer, 24, false, 5);
  for (const float factor : {0.02f, 0.5f, 1.7f, 60.0f}) {
    SCOPED_TRACE(factor);
    const Coded coded =
        Code(Joined(MakeClip(kOneLayer, 12, false, 6), Scaled(MakeClip(kOneLayer, 24, false, 5), factor)), Config(34));
    const Coded alone = Code(clip, Config(34));
    uint64_t bytes = 0;
    uint64_t bytes_alone = 0;
    for (size_t t = 12; t < 24; ++t) {
      EXPECT_NEAR(coded.snr_db[t + 12], alone.snr_db[t], 1.5) << "frame " << t;
      bytes += coded.bytes[t + 12];
      bytes_alone += alone.bytes[t];
    }
    EXPECT_NEAR(double(bytes), double(bytes_alone), 0.25 * double(bytes_alone));
  }
}

TEST(LatentAdaptation, WhatWasFittedOnOneFrameOfAFadeIsFittedAgain) {
  const auto constant = [](int frames) {
    Clip clip = MakeClip(kOneLayer, frames, false, 4);
    for (FeatureFrame& frame : clip.frames) std::ranges::fill(frame.layers[0].values(), 0.25f);
    return clip;
  };
  const auto brightens_from = [](float factor) {
    Clip clip = MakeClip(kOneLayer, 30, false, 3);
    for (FeatureFrame& frame : clip.frames) {
      for (float& value : frame.layers[0].values()) value *= factor;
      factor = std::min(1.0f, factor * 1.3f);
    }
    return clip;
  };
  const EncoderConfig low_delay = LowDelay(Config(36));
  EXPECT_THAT(Code(Joined(constant(1), brightens_from(0.35f)), low_delay).configured, testing::ElementsAre(1, 13));
  EXPECT_THAT(Code(Joined(constant(3), brightens_from(0.35f)), low_delay).configured, testing::ElementsAre(3, 15));
  // Nothing fades; what came before was no part of a change; the fit was made on several frames.
  EXPECT_THAT(Code(Joined(constant(1), brightens_from(1)), low_delay).configured, testing::ElementsAre(1));
  EXPECT_THAT(Code(Joined(constant(4), brightens_from(0.35f)), low_delay).configured, testing::ElementsAre(4));
  EXPECT_THAT(Code(Joined(constant(1), brightens_from(0.35f)), Config(36)).configured, testing::ElementsAre(1));
}

// At the finest qp every frame has what 16-bit planes can hold, whatever its place in a group; values that fall to a
// fiftieth have planes of their own by then, however often that has to be.
TEST(LatentAdaptation, TheFinestQpHasNoCeiling) {
  for (const bool low_delay : {false, true}) {
    const EncoderConfig config = low_delay ? LowDelay(Config(0)) : Config(0);
    Clip fading = MakeClip(kOneLayer, 40, false, 3);
    for (size_t t = 0; t < fading.frames.size(); ++t) {
      const float factor = t < 10 ? 1 : std::max(0.02f, 1 - 0.98f * float(t - 9) / 16);
      for (float& value : fading.frames[t].layers[0].values()) value *= factor;
    }
    EXPECT_THAT(Code(fading, config).snr_db, testing::Each(testing::Gt(50))) << low_delay;
    EXPECT_THAT(Code(MakeClip(kOneLayer, 40, false, 3), config).snr_db, testing::Each(testing::Gt(50))) << low_delay;
  }
}

// Values that flicker do not begin one stretch after the other.
TEST(LatentAdaptation, FlickeringValuesKeepTheirFit) {
  Clip clip = MakeClip(kOneLayer, 40, false, 3);
  for (size_t t = 0; t < clip.frames.size(); t += 2) {
    for (float& value : clip.frames[t].layers[0].values()) value *= 0.15f;
  }
  for (const int qp : {0, 30}) {
    EXPECT_LE(Code(clip, LowDelay(Config(qp))).configured.size(), 5u) << "qp " << qp;
  }
}

// Another qp, far from the one that the transform was chosen for: it is chosen again where a group begins anyway.
TEST(LatentAdaptation, AFarQpHasATransformOfItsOwn) {
  const Clip clip = MakeClip(kOneLayer, 44, false, 3);
  auto encoder = CreateLatentEncoder(LowDelay(Config(8)), clip.layers, {25, 1}, {});
  ASSERT_TRUE(encoder.ok());
  std::vector<Packet> packets;
  for (size_t t = 0; t < clip.frames.size(); ++t) {
    if (t == 14) {
      ASSERT_TRUE((*encoder)->SetQp(56).ok());
    }
    ASSERT_TRUE((*encoder)->Push(clip.frames[t], {}, &packets).ok());
  }
  ASSERT_TRUE((*encoder)->Flush(&packets).ok());
  std::vector<int64_t> configured, intra;
  for (const Packet& packet : packets) {
    if (packet.configures()) configured.push_back(packet.frame_number);
    if (packet.type == FrameType::kIntra) intra.push_back(packet.frame_number);
  }
  EXPECT_THAT(configured, testing::ElementsAre(22));
  EXPECT_THAT(intra, testing::ElementsAre(0, 11, 22, 33));  // and no more of them
}

TEST(LatentAdaptation, ASteadyClipKeepsItsFit) {
  for (const bool low_delay : {false, true}) {
    EncoderConfig config = low_delay ? LowDelay(Config(36)) : Config(36);
    config.gop_frames = 16;
    EXPECT_TRUE(Code(MakeClip(kOneLayer, 40, false, 7), config).configured.empty());
  }
}

TEST(LatentAdaptation, OutliersComeBackAsTheyAreAndHurtNothing) {
  const Clip clip = MakeClip(kOneLayer, 12, false, 8);
  Clip wild = MakeClip(kOneLayer, 12, false, 8);
  wild.frames[0].layers[0].values()[0] = -3.4e38f;
  wild.frames[5].layers[0].values()[777] = 1e6f;
  const Coded with = Code(wild, Config(34));
  const Coded without = Code(clip, Config(34));
  EXPECT_EQ(with.frames[0].frame.layers[0].values()[0], -3.4e38f);
  EXPECT_EQ(with.frames[5].frame.layers[0].values()[777], 1e6f);
  for (const size_t t : {1, 4, 6, 11}) EXPECT_NEAR(with.snr_db[t], without.snr_db[t], 0.5) << "frame " << t;
  EXPECT_TRUE(with.warnings.empty());
}

TEST(LatentAdaptation, FindsOutliersAndNothingElse) {
  std::mt19937 random(9);
  std::normal_distribution<float> normal;
  Tensor tensor(4, 40, 50);
  for (float& value : tensor.values()) value = normal(random);
  EXPECT_TRUE(FindOutliers(tensor).empty());
  tensor.values()[17] = 100;  // over 64 times the others' root mean square
  EXPECT_THAT(FindOutliers(tensor), testing::ElementsAre(Escape{17, 100}));
  tensor.values()[4000] = -1e30f;  // hides none of the others
  EXPECT_THAT(FindOutliers(tensor), testing::ElementsAre(Escape{17, 100}, Escape{4000, -1e30f}));
  // Where many values are large they are no outliers.
  for (size_t i = 0; i < 100; ++i) tensor.values()[i * 50] = 1e4f;
  tensor.values()[4000] = 0;
  EXPECT_TRUE(FindOutliers(tensor).empty());
  Tensor none(3, 5, 5);
  EXPECT_TRUE(FindOutliers(none).empty());
  none.values()[0] = 1;  // alone among zeros
  EXPECT_THAT(FindOutliers(none), testing::ElementsAre(Escape{0, 1}));
}

TEST(LatentAdaptation, ALowerBoundThatIsNoneIsWithdrawn) {
  Clip signs = MakeClip(kOneLayer, 30, false, 10);  // the pattern has no negative values
  for (size_t t = 10; t < signs.frames.size(); ++t) {
    for (int c = 0; c < 12; c += 2) {
      for (float& value : signs.frames[t].layers[0].plane(c)) value = -value;
    }
  }
  for (const LatentTransform transform : {LatentTransform::kIdentity, LatentTransform::kAuto}) {
    EncoderConfig config = Config(20);
    config.gop_frames = 30;
    config.latent.transform = transform;
    const Coded coded = Code(signs, config);
    for (size_t t = 0; t < signs.frames.size(); ++t) EXPECT_GT(coded.snr_db[t], 25) << "frame " << t;
  }
}

Clip WholeNumbers(int lowest, int highest, int frames, uint32_t seed) {
  Clip clip = MakeClip({{"a", 3, 9, 11, 8, 0}, {"b", 2, 4, 5, 16, 0}}, frames, false, 1);
  std::mt19937 random(seed);
  for (FeatureFrame& frame : clip.frames) {
    for (Tensor& layer : frame.layers) {
      for (float& value : layer.values()) value = float(lowest + int(random() % uint32_t(highest - lowest + 1)));
      layer.values()[0] = float(lowest);
      layer.values()[1] = float(highest);
    }
  }
  return clip;
}

TEST(LatentAdaptation, LosslessIsExactForWholeNumbersOf16Bits) {
  EncoderConfig config = Config(30);
  config.latent.lossless = true;
  for (const auto& [lowest, highest] :
       {std::pair{0, 255}, {-128, 127}, {0, 65535}, {-32768, 32767}, {8000000, 8000100}}) {
    SCOPED_TRACE(testing::Message() << lowest << ".." << highest);
    const Clip clip = Joined(WholeNumbers(0, 15, 9, 1), WholeNumbers(lowest, highest, 10, 2));
    const Coded coded = Code(clip, config);
    EXPECT_TRUE(coded.warnings.empty());
    for (size_t t = 0; t < clip.frames.size(); ++t) {
      for (size_t i = 0; i < clip.layers.size(); ++i) {
        EXPECT_TRUE(std::ranges::equal(coded.frames[t].frame.layers[i].values(), clip.frames[t].layers[i].values()))
            << "frame " << t;
      }
    }
  }
}

TEST(LatentAdaptation, LosslessSaysWhatItDoesNotKeep) {
  EncoderConfig config = Config(30);
  config.latent.lossless = true;
  const Clip clip = MakeClip(kOneLayer, 10, false, 11);
  const Coded coded = Code(clip, config);
  ASSERT_EQ(coded.warnings.list().size(), 1u);
  EXPECT_EQ(coded.warnings.list()[0].kind, "lossless-planes");
  for (const double snr_db : coded.snr_db) EXPECT_GT(snr_db, 50);

  std::vector<Packet> packets;
  const auto encoder = CreateLatentEncoder(config, WholeNumbers(0, 1, 1, 1).layers, {25, 1}, {});
  ASSERT_TRUE(encoder.ok());
  const Clip wide = WholeNumbers(0, 1 << 20, 9, 3);
  Status status;
  for (const FeatureFrame& frame : wide.frames) {
    if (status.ok()) status = (*encoder)->Push(frame, {}, &packets);
  }
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(status.error().OneLine(), testing::HasSubstr("mode float"));
}

// Features that stand still but for noise, beside a video that moves. Of real clips: bench/results/adaptation.md.
TEST(LatentAdaptation, TheVideoOfAnotherClipCostsLittle) {
  const Clip moving = MakeClip(kOneLayer, 26, true, 12);
  Clip clip = MakeClip(kOneLayer, 0, false, 12);
  std::mt19937 random(12);
  std::normal_distribution<float> noise(0, 0.05f);
  for (int64_t t = 0; t < 26; ++t) {
    FeatureFrame frame;
    frame.timestamp_ticks = t;
    frame.layers.push_back(moving.frames[0].layers[0].Clone());
    for (float& value : frame.layers[0].values()) value += noise(random);
    clip.frames.push_back(std::move(frame));
    Plane<uint8_t> luma(moving.luma[0].width(), moving.luma[0].height());
    for (int y = 0; y < luma.height(); ++y) std::copy_n(moving.luma[size_t(t)].row(y), luma.width(), luma.row(y));
    clip.luma.push_back(std::move(luma));
  }
  for (const char* preset : {"fast", "balanced", "high"}) {
    for (const bool low_delay : {false, true}) {
      SCOPED_TRACE(testing::Message() << preset << (low_delay ? ", low delay" : ""));
      EncoderConfig config = low_delay ? LowDelay(Config(36)) : Config(36);
      config.preset = preset;
      const auto total = [](const Coded& coded) {
        uint64_t sum = 0;
        for (const uint64_t bytes : coded.bytes) sum += bytes;
        return double(sum);
      };
      const double wrong = total(Code(clip, config));
      config.latent.motion = LatentMotion::kZero;
      EXPECT_LE(wrong, 1.03 * total(Code(clip, config)));
    }
  }
}

FrameScan ScanOf(const FeatureFrame& frame) {
  return ScanFrame(frame.layers, nullptr);
}

TEST(FrameScan, ChangeIsZeroForTheSameAndTwoForNothingInCommon) {
  std::mt19937 random(13);
  std::normal_distribution<float> normal;
  const auto noise = [&] {
    FeatureFrame frame;
    frame.layers.emplace_back(40, 32, 32);
    for (float& value : frame.layers[0].values()) value = normal(random);
    return frame;
  };
  const FeatureFrame a = noise();
  const FeatureFrame b = noise();
  EXPECT_EQ(ChangeBetween(ScanOf(a), ScanOf(a)), 0);
  EXPECT_NEAR(ChangeBetween(ScanOf(a), ScanOf(b)), 2, 0.2);
  FeatureFrame flat;
  flat.layers.emplace_back(40, 32, 32);
  EXPECT_EQ(ChangeBetween(ScanOf(flat), ScanOf(flat)), 0);
  EXPECT_NEAR(ChangeBetween(ScanOf(flat), ScanOf(a)), 2, 1e-9);
}

TEST(FrameScan, ScaleIsTheDeviationWithinChannels) {
  FeatureFrame frame;
  frame.layers.emplace_back(2, 8, 8);
  for (size_t i = 0; i < 64; ++i) {
    frame.layers[0].plane(0)[i] = i % 2 ? 13.0f : 7.0f;   // 10 +- 3
    frame.layers[0].plane(1)[i] = i % 2 ? -1.0f : -9.0f;  // -5 +- 4
  }
  const LayerScan scan = ScanOf(frame)[0];
  EXPECT_NEAR(scan.deviation, std::sqrt((9 + 16) / 2.0), 1e-6);
  EXPECT_NEAR(scan.spread, std::sqrt((109 + 41) / 2.0), 1e-6);
  EXPECT_EQ(scan.lowest, -9);
  EXPECT_EQ(scan.largest, 13);
  EXPECT_TRUE(scan.whole_numbers);
  EXPECT_EQ(scan.Scale(), scan.deviation);
}

TEST(CutDetector, NoiseAndMotionAreNoCuts) {
  const Clip moving = MakeClip(kOneLayer, 12, false, 14);
  CutDetector cuts;
  for (const FeatureFrame& frame : moving.frames) EXPECT_FALSE(cuts.Push(ScanOf(frame)));
  const Clip other = MakeClip({{"a", 12, 20, 28, 24, 0}}, 2, false, 15);
  EXPECT_TRUE(cuts.Push(ScanOf(other.frames[0])));
  EXPECT_FALSE(cuts.Push(ScanOf(other.frames[1])));
  std::mt19937 random(16);
  CutDetector of_noise;
  for (int t = 0; t < 8; ++t) {
    FeatureFrame frame;
    frame.layers.emplace_back(12, 20, 28);
    for (float& value : frame.layers[0].values()) value = float(random() % 1000);
    EXPECT_FALSE(of_noise.Push(ScanOf(frame))) << t;
  }
}

// White pictures and a scene share what the network makes of the padding at their borders.
TEST(CutDetector, AfterAStillPictureLessIsACut) {
  const auto scan_of = [](std::vector<float> block_means) {
    LayerScan layer;
    for (const float mean : block_means) layer.block_power += double{mean} * mean;
    layer.block_means = std::move(block_means);
    return FrameScan{layer};
  };
  const FrameScan white = scan_of({1, 0, 0});
  const FrameScan scene = scan_of({1, 2.45f, 0});
  const FrameScan nearer = scan_of({1, 2.0f, 0});
  EXPECT_NEAR(ChangeBetween(white, scene), 1.5, 0.01);
  EXPECT_NEAR(ChangeBetween(white, nearer), 1.33, 0.01);
  for (const bool still : {true, false}) {
    for (const FrameScan* next : {&scene, &nearer}) {
      CutDetector cuts;
      cuts.Push(still ? white : scan_of({0.6f, 0, 0.3f}));
      cuts.Push(white);
      EXPECT_EQ(cuts.Push(*next), still && next == &scene);
    }
  }
}

TEST(ScaleTracker, FollowsFadesAndLeavesSmallChangesAlone) {
  const auto scan_of = [](double scale) {
    LayerScan layer;
    layer.deviation = scale;
    layer.cells = 1000;
    return FrameScan{layer};
  };
  const FrameScan one = scan_of(1);
  const FrameScan* fitted[] = {&one};
  ScaleTracker tracker(fitted);
  for (const double scale : {1.0, 1.05, 0.95, 1.1}) EXPECT_EQ(tracker.OffsetOf(scan_of(scale), false), 0);
  EXPECT_EQ(tracker.OffsetOf(scan_of(2), false), 6);
  EXPECT_EQ(tracker.OffsetOf(scan_of(4), false), 12);
  EXPECT_NEAR(tracker.jump(), 6, 1e-9);
  EXPECT_EQ(tracker.OffsetOf(scan_of(0.5), false), -6);
  EXPECT_EQ(tracker.OffsetOf(scan_of(0), false), 0);  // nothing to be coded
  const FrameScan zero = scan_of(0);
  const FrameScan* nothing[] = {&zero};
  EXPECT_GT(ScaleTracker(nothing).OffsetOf(one, false), 30);  // everything is larger than nothing
}

}  // namespace
}  // namespace fsc
