// The ranges of the tiled modes follow the frames, and a few wild values do not spoil them: whatever came before, a
// frame comes back as well as in a stream of its own.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>

#include "codec/tiled/outliers.h"
#include "codec/tiled/range_fit.h"
#include "codec/tiled/range_follower.h"
#include "streams/container_reader.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

using Clip = std::vector<FeatureFrame>;

void ForEachValue(FeatureFrame* frame, const std::function<float(float)>& change) {
  for (Tensor& tensor : frame->layers) {
    for (float& x : tensor.values()) x = change(x);
  }
}

FeatureFrame Scaled(const std::vector<LayerSpec>& layers, int64_t t, float scale) {
  FeatureFrame frame = MovingFrame(layers, t);
  ForEachValue(&frame, [=](float x) { return x * scale; });
  return frame;
}

FeatureFrame Constant(const std::vector<LayerSpec>& layers, int64_t t, float value) {
  FeatureFrame frame = MovingFrame(layers, t);
  ForEachValue(&frame, [=](float) { return value; });
  return frame;
}

struct CodedClip {
  std::vector<double> snr_db;
  std::vector<size_t> packet_bytes;
  std::set<int64_t> random_access;
  std::set<int64_t> with_ranges;
  Warnings warnings;
  std::vector<uint8_t> bytes;
};

CodedClip Code(const EncoderConfig& config, const std::vector<LayerSpec>& layers, const Clip& clip) {
  CodedClip result;
  const auto sink = MemorySink(&result.bytes);
  auto encoder = FeatureEncoder::Create(config, InfoOf(layers), sink.get());
  EXPECT_TRUE(encoder.ok()) << encoder.error().OneLine();
  if (!encoder.ok()) return result;
  for (const FeatureFrame& frame : clip) EXPECT_TRUE((*encoder)->Push(frame).ok());
  EXPECT_TRUE((*encoder)->Finish().ok());
  result.warnings = (*encoder)->warnings();
  const Decoded decoded = Decode(result.bytes);
  EXPECT_TRUE(decoded.status.ok()) << decoded.status.error().OneLine();
  EXPECT_EQ(decoded.frames.size(), clip.size());
  for (size_t t = 0; t < decoded.frames.size(); ++t) {
    result.snr_db.push_back(SignalToNoiseDb(clip[t], decoded.frames[t].frame));
  }
  const auto source = MemorySource(result.bytes);
  auto reader = ContainerReader::Open(source.get(), {});
  result.packet_bytes.resize(clip.size());
  for (;;) {
    auto packet = (*reader)->Next();
    if (!packet.ok() || !packet->has_value()) break;
    RemoveConfiguration(&**packet);
    result.packet_bytes[size_t((*packet)->frame_number)] = (*packet)->payload.size();
    if ((*packet)->random_access) result.random_access.insert((*packet)->frame_number);
    if ((*packet)->sections[0].kind == SectionKind::kSideInfo && (*packet)->sections[0].layer < 0)
      result.with_ranges.insert((*packet)->frame_number);
  }
  return result;
}

enum class Prefix { kConstant, kSmall, kLarge, kShifted };

FeatureFrame PrefixFrame(Prefix prefix, const std::vector<LayerSpec>& layers, int64_t t) {
  switch (prefix) {
    case Prefix::kConstant:
      return Constant(layers, t, 0.25f);
    case Prefix::kSmall:
      return Scaled(layers, t, 0.3f);
    case Prefix::kLarge:
      return Scaled(layers, t, 3);
    case Prefix::kShifted:
      break;
  }
  FeatureFrame frame = MovingFrame(layers, t);
  ForEachValue(&frame, [](float x) { return x + 40; });
  return frame;
}

class AfterAPrefix : public ::testing::TestWithParam<RangeScope> {};

// The yardstick: no frame more than 3 dB under the same content coded alone, and not over 1.5 times its bytes.
TEST_P(AfterAPrefix, FramesAreAsGoodAsAlone) {
  constexpr int kPrefix = 8, kFrames = 10;
  const auto layers = ThreeLayers();
  for (const std::string mode : {"hevc", "h264", "ffv1"}) {
    if (!HasMode(mode)) continue;
    EncoderConfig config{.mode = mode, .qp = 22, .gop_frames = 1024};
    if (mode != "ffv1") config.preset = "superfast";
    config.quantizer.scope = GetParam();
    Clip alone_clip;
    for (int t = 0; t < kFrames; ++t) alone_clip.push_back(MovingFrame(layers, t));
    const CodedClip alone = Code(config, layers, alone_clip);
    for (const Prefix prefix : {Prefix::kConstant, Prefix::kSmall, Prefix::kLarge, Prefix::kShifted}) {
      Clip clip;
      for (int t = 0; t < kPrefix; ++t) clip.push_back(PrefixFrame(prefix, layers, t));
      for (int t = 0; t < kFrames; ++t) clip.push_back(MovingFrame(layers, t));
      const CodedClip after = Code(config, layers, clip);
      size_t bytes_alone = 0, bytes_after = 0;
      for (int t = 0; t < kFrames; ++t) {
        EXPECT_GT(after.snr_db[size_t(kPrefix + t)], alone.snr_db[size_t(t)] - 3)
            << mode << " prefix " << int(prefix) << " frame " << t;
        bytes_alone += alone.packet_bytes[size_t(t)];
        bytes_after += after.packet_bytes[size_t(kPrefix + t)];
      }
      EXPECT_LT(double(bytes_after), 1.5 * double(bytes_alone)) << mode << " prefix " << int(prefix);
      EXPECT_TRUE(after.warnings.empty()) << after.warnings.list()[0].OneLine();
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Scopes, AfterAPrefix,
                         ::testing::Values(RangeScope::kLayer, RangeScope::kChannel, RangeScope::kElement),
                         [](const auto& test) {
                           return std::string(test.param == RangeScope::kLayer     ? "layer"
                                              : test.param == RangeScope::kChannel ? "channel"
                                                                                   : "element");
                         });

TEST(TiledRanges, AnEventBeginsAnIntraPeriodAndIsARandomAccessPoint) {
  SKIP_WITHOUT("hevc");
  const auto layers = OneLayer();
  for (const std::string mode : {"hevc", "h264"}) {
    for (const bool low_delay : {false, true}) {
      const EncoderConfig config{.mode = mode, .qp = 22, .preset = "fast", .gop_frames = 8, .low_delay = low_delay};
      Clip clip;
      for (int t = 0; t < 22; ++t) clip.push_back(t < 11 ? Scaled(layers, t, 0.25f) : MovingFrame(layers, t));
      const CodedClip result = Code(config, layers, clip);
      EXPECT_EQ(result.random_access, (std::set<int64_t>{0, 8, 11, 19})) << mode << low_delay;
      EXPECT_EQ(result.with_ranges, result.random_access) << mode << low_delay;
      for (const int64_t first : {11, 12, 18, 19, 21}) {
        const Decoded part = Decode(result.bytes, first), all = Decode(result.bytes);
        ASSERT_TRUE(part.status.ok()) << part.status.error().OneLine();
        for (size_t i = 0; i < part.frames.size(); ++i) {
          ExpectSameValues(part.frames[i].frame, all.frames[size_t(first) + i].frame);
        }
      }
    }
  }
}

// FFV1 puts its key pictures where it counts them, whatever is asked: they repeat the ranges in force.
TEST(TiledRanges, KeyPicturesOfACodecThatCountsAreRandomAccessPoints) {
  SKIP_WITHOUT("ffv1");
  const auto layers = OneLayer();
  const EncoderConfig config{.mode = "ffv1", .gop_frames = 4};
  Clip clip;
  for (int t = 0; t < 14; ++t) clip.push_back(t < 6 ? Scaled(layers, t, 0.25f) : Scaled(layers, 6, 1));
  const CodedClip result = Code(config, layers, clip);
  EXPECT_EQ(result.random_access, (std::set<int64_t>{0, 4, 8, 12}));
  EXPECT_TRUE(result.with_ranges.contains(6));
  const Decoded part = Decode(result.bytes, 9), all = Decode(result.bytes);
  ASSERT_TRUE(part.status.ok());
  for (size_t i = 0; i < part.frames.size(); ++i) ExpectSameValues(part.frames[i].frame, all.frames[9 + i].frame);
}

TEST(TiledRanges, StationaryClipsKeepTheirRanges) {
  SKIP_WITHOUT("hevc");
  for (const RangeScope scope : {RangeScope::kLayer, RangeScope::kChannel}) {
    const auto layers = scope == RangeScope::kLayer ? ThreeLayers() : OneLayer(8, 30, 40);
    EncoderConfig config{.mode = "hevc", .qp = 28, .preset = "fast", .gop_frames = 8};
    config.quantizer.scope = scope;
    Clip clip;
    for (int t = 0; t < 16; ++t) clip.push_back(Scaled(layers, t, 1 / (1 + 0.02f * float(t))));
    EXPECT_EQ(Code(config, layers, clip).with_ranges, (std::set<int64_t>{0, 8})) << int(scope);
  }
}

// Eight steady frames and more, with one value far above the others, but no outlier, in those that `has_peak` says.
Clip WithPeaks(const std::vector<LayerSpec>& layers, int frames, const std::function<bool(int)>& has_peak) {
  Clip clip;
  for (int t = 0; t < frames; ++t) {
    clip.push_back(Scaled(layers, t, 1 / (1 + 0.02f * float(t))));
    if (has_peak(t)) clip.back().layers[0].values()[100] = 5;
  }
  return clip;
}

TEST(TiledRanges, PeaksThatComeAndGoKeepTheirRoom) {
  SKIP_WITHOUT("hevc");
  const auto layers = OneLayer(8, 30, 40);
  const EncoderConfig config{.mode = "hevc", .qp = 28, .preset = "fast", .gop_frames = 1024};
  const auto every_other = [](int t) { return t % 2 == 0; };
  EXPECT_EQ(Code(config, layers, WithPeaks(layers, 16, every_other)).with_ranges, (std::set<int64_t>{0}));
  const auto no_more = [](int t) { return t < 4; };
  EXPECT_EQ(Code(config, layers, WithPeaks(layers, 16, no_more)).with_ranges, (std::set<int64_t>{0, 7}))
      << "the fourth frame without";
}

TEST(TiledRanges, AQuieterSceneOfSmallerValuesIsMeasuredAtOnce) {
  SKIP_WITHOUT("hevc");
  const auto layers = OneLayer(8, 30, 40);
  const EncoderConfig config{.mode = "hevc", .qp = 28, .preset = "fast", .gop_frames = 1024};
  Clip clip = WithPeaks(layers, 12, [](int t) { return t < 6; });
  for (size_t t = 6; t < clip.size(); ++t) ForEachValue(&clip[t], [](float x) { return 0.8f * x; });
  EXPECT_EQ(Code(config, layers, clip).with_ranges, (std::set<int64_t>{0, 6})) << "0.64 of the variance";
}

// What is clipped counts together with what is too wide: either alone would pass here.
TEST(RangeFollower, ClippingAndWidthAddUp) {
  const std::vector<LayerSpec> layers = OneLayer(4, 10, 10);
  const auto from_to_99 = [&](float lowest, float one_value) {
    FeatureFrame frame = MovingFrame(layers, 0);
    for (size_t i = 0; i < 400; ++i) frame.layers[0].values()[i] = lowest + (99 - lowest) * float(i % 100) / 99;
    frame.layers[0].values()[50] = one_value;
    return frame;
  };
  RangeFollower follower(layers, {}, 1e-4);
  const FeatureFrame first = from_to_99(0, 50);
  const FeatureFrame* const one[] = {&first};
  follower.Measure(one);
  EXPECT_TRUE(follower.Suits(from_to_99(0, 99 + 18.5f))) << "0.87 of the picture codec's error";
  EXPECT_TRUE(follower.Suits(from_to_99(20, 99)));
  EXPECT_TRUE(follower.Suits(from_to_99(20, 99 + 15)));
  EXPECT_FALSE(follower.Suits(from_to_99(20, 99 + 18.5f)));
  EXPECT_FALSE(follower.Suits(from_to_99(0, 99 + 21))) << "1.1 of it";
}

TEST(TiledRanges, TinyLayersAreCoded) {
  SKIP_WITHOUT("hevc");
  for (const int channels : {1, 3, 70}) {
    for (const RangeScope scope : {RangeScope::kLayer, RangeScope::kChannel}) {
      const auto layers = OneLayer(channels, 1, 1);
      EncoderConfig config{.mode = "hevc", .qp = 16, .preset = "fast", .gop_frames = 1024};
      config.quantizer.scope = scope;
      Clip clip;
      for (int t = 0; t < 30; ++t) clip.push_back(MovingFrame(layers, 5 * t));
      const CodedClip result = Code(config, layers, clip);
      for (int t = 0; t < 30; ++t) EXPECT_GT(result.snr_db[size_t(t)], 15) << channels << " frame " << t;
      // Not a copy of the values in every frame.
      EXPECT_LT(result.with_ranges.size(), 20u) << channels << " scope " << int(scope);
    }
  }
}

class OneWildValue : public ::testing::TestWithParam<float> {};

TEST_P(OneWildValue, IsSentApartAndSpoilsNothing) {
  SKIP_WITHOUT("ffv1");
  const float wild = GetParam();
  const auto layers = ThreeLayers();
  for (const RangeScope scope : {RangeScope::kLayer, RangeScope::kChannel, RangeScope::kElement}) {
    for (const int at : {0, 4, 5}) {
      EncoderConfig config{.mode = "ffv1", .gop_frames = 5};
      config.quantizer.scope = scope;
      Clip clip;
      for (int t = 0; t < 9; ++t) clip.push_back(MovingFrame(layers, t));
      clip[size_t(at)].layers[1].plane(3)[17] = wild;
      const CodedClip result = Code(config, layers, clip);
      const Decoded decoded = Decode(result.bytes);
      for (int t = 0; t < 9; ++t) {
        FeatureFrame back = std::move(const_cast<DecodedFrame&>(decoded.frames[size_t(t)]).frame);
        if (t == at) EXPECT_EQ(back.layers[1].plane(3)[17], wild);
        FeatureFrame reference = MovingFrame(layers, t);
        back.layers[1].plane(3)[17] = reference.layers[1].plane(3)[17];
        EXPECT_GT(SignalToNoiseDb(reference, back), 38) << "scope " << int(scope) << " wild " << at << " frame " << t;
      }
      ASSERT_EQ(result.warnings.list().size(), 1u);
      EXPECT_EQ(result.warnings.list()[0].kind, "outlier-values");
      EXPECT_EQ(result.warnings.list()[0].count, 1);
      EXPECT_NE(result.warnings.list()[0].where.find("frame " + std::to_string(at)), std::string::npos);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, OneWildValue, ::testing::Values(1e6f, -1e6f, 3.4e38f, -3.4e38f, 100.0f, -100.0f),
                         [](const auto& test) { return "Case" + std::to_string(test.index); });

TEST(TiledRanges, MinMaxAsAskedSaysWhatItCosts) {
  SKIP_WITHOUT("ffv1");
  const auto layers = OneLayer();
  for (const int at : {0, 3}) {
    EncoderConfig config{.mode = "ffv1", .gop_frames = 8};
    config.quantizer.rule = RangeRule::kMinMax;
    Clip clip;
    for (int t = 0; t < 6; ++t) clip.push_back(MovingFrame(layers, t));
    clip[size_t(at)].layers[0].values()[100] = 1e6f;
    const CodedClip result = Code(config, layers, clip);
    ASSERT_EQ(result.warnings.list().size(), 1u);
    EXPECT_EQ(result.warnings.list()[0].kind, "outlier-range");
    for (int t = 0; t < 6; ++t) {
      if (t != at) EXPECT_GT(result.snr_db[size_t(t)], 30) << "the frames beside it";
    }
  }
}

TEST(TiledRanges, OneWildValueIsNoReasonForOtherPercentiles) {
  SKIP_WITHOUT("hevc");
  const auto layers = OneLayer(8, 30, 40);
  EncoderConfig config{.mode = "hevc", .qp = 28, .preset = "fast", .gop_frames = 8};
  config.quantizer.rule = RangeRule::kPercentile;
  Clip clip;
  for (int t = 0; t < 8; ++t) clip.push_back(Scaled(layers, t, 1 / (1 + 0.02f * float(t))));
  clip[3].layers[0].values()[100] = 1e6f;
  const CodedClip result = Code(config, layers, clip);
  EXPECT_EQ(result.with_ranges, (std::set<int64_t>{0}));
  ASSERT_EQ(result.warnings.list().size(), 1u);
  EXPECT_EQ(result.warnings.list()[0].kind, "clipped-values");
  EXPECT_NE(result.warnings.list()[0].where.find("frame 3"), std::string::npos);
}

TEST(TiledRanges, WhatAskedForRangesClipIsReported) {
  SKIP_WITHOUT("ffv1");
  const auto layers = OneLayer();
  Clip clip;
  for (int t = 0; t < 4; ++t) clip.push_back(MovingFrame(layers, t));
  EncoderConfig config{.mode = "ffv1"};
  config.quantizer = {.rule = RangeRule::kFixed, .fixed_lo = -0.5, .fixed_hi = 0.5};
  const CodedClip narrow = Code(config, layers, clip);
  ASSERT_EQ(narrow.warnings.list().size(), 1u);
  EXPECT_EQ(narrow.warnings.list()[0].kind, "clipped-values");
  EXPECT_GT(narrow.warnings.list()[0].count, 1000);
  config.quantizer.fixed_lo = -10;
  config.quantizer.fixed_hi = 10;
  EXPECT_TRUE(Code(config, layers, clip).warnings.empty());
}

TEST(UsualValues, OnlyTheFarAndFewAreOutliers) {
  Tensor tensor(4, 20, 20);
  for (size_t i = 0; i < tensor.size(); ++i) tensor.values()[i] = float(i % 100);
  const Tensor* const one[] = {&tensor};
  tensor.values()[7] = 480;  // the bulk reaches from 0 to 99
  EXPECT_TRUE(FindOutliers(tensor, FindUsualValues(one).usual).empty());
  tensor.values()[7] = 510;
  tensor.values()[1599] = -400;
  EXPECT_EQ(FindOutliers(tensor, FindUsualValues(one).usual), (std::vector<Outlier>{{7, 510}, {1599, -400}}));
  for (size_t i = 0; i < 5; ++i) tensor.values()[i * 10] = 1000;  // too many to be outliers: they are its values
  EXPECT_TRUE(FindOutliers(tensor, FindUsualValues(one).usual).empty());
  Tensor sparse(4, 20, 20);
  sparse.values()[9] = 5;  // no width without it
  const Tensor* const other[] = {&sparse};
  EXPECT_TRUE(FindOutliers(sparse, FindUsualValues(other).usual).empty());
}

TEST(Outliers, RoundTripAndDamage) {
  const std::vector<Outlier> outliers = {{0, -3.4e38f}, {1, 5}, {700, 1e-40f}};
  ByteWriter out;
  WriteOutliers(outliers, &out);
  const std::vector<uint8_t> bytes = out.Take();
  const auto back = ReadOutliers(bytes, 701, "test");
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, outliers);
  EXPECT_FALSE(ReadOutliers(bytes, 700, "test").ok()) << "an element that the layer does not have";
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ReadOutliers(std::span(bytes).first(size), 701, "test").ok());
  }
  ByteWriter nan;
  WriteOutliers(std::vector<Outlier>{{3, std::numeric_limits<float>::infinity()}}, &nan);
  EXPECT_FALSE(ReadOutliers(nan.Take(), 701, "test").ok());
  ByteWriter many;
  many.Leb128(uint64_t{1} << 60);
  EXPECT_FALSE(ReadOutliers(many.Take(), 701, "test").ok()) << "a count that the bytes cannot pay for";
}

}  // namespace
}  // namespace fsc
