// Streams of the tiled modes, through the whole library: what goes in comes out, in order, at any frame.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "codec/tiled/planes.h"
#include "codec/tiled/range_meter.h"
#include "codec/tiled/range_syntax.h"
#include "streams/container_reader.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

// The ranges in force for each frame, as the packets bring them.
std::vector<std::vector<LayerRanges>> RangesOf(std::span<const uint8_t> stream, const std::vector<LayerSpec>& layers,
                                               RangeScope scope) {
  const auto source = MemorySource(stream);
  auto reader = ContainerReader::Open(source.get(), {});
  EXPECT_TRUE(reader.ok());
  std::vector<std::vector<LayerRanges>> ranges;
  for (;;) {
    auto packet = (*reader)->Next();
    EXPECT_TRUE(packet.ok());
    if (!packet.ok() || !packet->has_value()) return ranges;
    RemoveConfiguration(&**packet);
    const Section& first = (*packet)->sections.front();
    if (first.kind == SectionKind::kSideInfo && first.layer < 0) {
      ByteReader in(std::span((*packet)->payload).first(first.size_bytes));
      auto read = ReadRanges(&in, layers, scope, "test");
      EXPECT_TRUE(read.ok());
      ranges.push_back(*std::move(read));
    } else {
      ranges.push_back(ranges.back());
    }
  }
}

// Frame `t` as the encoder's quantiser alone would change it.
FeatureFrame QuantizedOnly(const EncoderConfig& config, const std::vector<LayerSpec>& layers,
                           const std::vector<LayerRanges>& ranges, int t) {
  const FeatureFrame frame = MovingFrame(layers, t);
  FeatureFrame result;
  for (size_t i = 0; i < layers.size(); ++i) {
    LayerQuantizer quantizer(layers[i], LevelsOf(config.quantizer), config.quantizer.level_rule,
                             config.quantizer.scope);
    EXPECT_TRUE(quantizer.SetRanges(ranges[i], "test").ok());
    Tensor back(layers[i].channels, layers[i].height_cells, layers[i].width_cells);
    Plane<uint16_t> samples(layers[i].width_cells, layers[i].height_cells);
    for (int c = 0; c < layers[i].channels; ++c) {
      quantizer.QuantizePlane(c, frame.layers[i].plane(c), false, samples.view());
      quantizer.DequantizePlane(c, std::as_const(samples).view(), false, back.plane(c));
    }
    result.layers.push_back(std::move(back));
  }
  return result;
}

void ExpectLossless(const EncoderConfig& config, const std::vector<LayerSpec>& layers, int frames) {
  const auto bytes = Encode(config, layers, frames);
  const auto ranges = RangesOf(bytes, layers, config.quantizer.scope);
  ASSERT_EQ(ranges.size(), size_t(frames));
  // Those of the first frame are its smallest and largest values.
  const FeatureFrame first = MovingFrame(layers, 0);
  for (size_t i = 0; i < layers.size(); ++i) {
    const Tensor* const one[] = {&first.layers[i]};
    EXPECT_EQ(ranges[0][i], MeasureRanges(one, config.quantizer));
  }
  const Decoded decoded = Decode(bytes);
  ASSERT_TRUE(decoded.status.ok()) << decoded.status.error().OneLine();
  ASSERT_EQ(decoded.frames.size(), size_t(frames));
  for (int t = 0; t < frames; ++t) {
    EXPECT_EQ(decoded.frames[size_t(t)].frame_number, t);
    EXPECT_EQ(decoded.frames[size_t(t)].frame.timestamp_ticks, 1000 + 3 * t);
    SCOPED_TRACE("frame " + std::to_string(t));
    ExpectSameValues(decoded.frames[size_t(t)].frame, QuantizedOnly(config, layers, ranges[size_t(t)], t));
  }
}

TEST(TiledRoundTrip, LosslessModesReproduceTheLevels) {
  SKIP_WITHOUT("ffv1");
  for (const std::string mode : {"ffv1", "png"}) {
    for (const RangeUpdate update : {RangeUpdate::kFrame, RangeUpdate::kIntraPeriod}) {
      for (const RangeScope scope : {RangeScope::kLayer, RangeScope::kChannel}) {
        for (const int levels : {7, 256}) {
          EncoderConfig config{.mode = mode, .gop_frames = 3};
          config.quantizer = {.levels = levels, .scope = scope, .update = update};
          SCOPED_TRACE(mode + ", update " + std::to_string(int(update)) + ", scope " + std::to_string(int(scope)) +
                       ", N " + std::to_string(levels));
          ExpectLossless(config, ThreeLayers(), 7);
        }
      }
    }
  }
}

TEST(TiledRoundTrip, EveryArrangementAndOrder) {
  SKIP_WITHOUT("ffv1");
  const std::vector<std::vector<LayerSpec>> stacks = {OneLayer(13, 1, 1), OneLayer(31, 5, 7), OneLayer(1, 33, 65),
                                                      ThreeLayers()};
  for (const auto& layers : stacks) {
    for (const Arrangement arrangement : {Arrangement::kTiles, Arrangement::kQuilt, Arrangement::kMpeg}) {
      for (const ChannelOrder order : {ChannelOrder::kRaster, ChannelOrder::kByMean, ChannelOrder::kBySimilarity}) {
        EncoderConfig config{.mode = "ffv1", .gop_frames = 2};
        config.tiling = {
            .arrangement = arrangement, .order = order, .tile_multiple_px = order == ChannelOrder::kByMean ? 8 : 1};
        ExpectLossless(config, layers, 3);
      }
    }
  }
}

TEST(TiledRoundTrip, MoreBits) {
  SKIP_WITHOUT("ffv1");
  for (const int bits : {10, 12}) {
    for (const LevelRule rule : {LevelRule::kCentre, LevelRule::kQLayer, LevelRule::kFloor}) {
      EncoderConfig config{.mode = "ffv1", .gop_frames = 2};
      config.quantizer = {.bits = bits, .level_rule = rule};
      ExpectLossless(config, OneLayer(), 3);
    }
  }
}

TEST(TiledRoundTrip, ElementRanges) {
  SKIP_WITHOUT("ffv1");
  for (const int frames : {1, 5, 8, 12}) {  // fewer than, as many as, and more than the encoder holds back
    EncoderConfig config{.mode = "ffv1"};
    config.quantizer = {.levels = 256, .rule = RangeRule::kSigma, .scope = RangeScope::kElement, .sigma_width = 6};
    const Decoded decoded = Decode(Encode(config, ThreeLayers(), frames));
    ASSERT_TRUE(decoded.status.ok()) << decoded.status.error().OneLine();
    ASSERT_EQ(decoded.frames.size(), size_t(frames));
    for (int t = 0; t < frames; ++t) {
      EXPECT_GT(SignalToNoiseDb(MovingFrame(ThreeLayers(), t), decoded.frames[size_t(t)].frame), 25.0);
    }
  }
  EncoderConfig config{.mode = "ffv1", .low_delay = true};
  config.quantizer.scope = RangeScope::kElement;
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  const auto encoder = FeatureEncoder::Create(config, InfoOf(OneLayer()), sink.get());
  ASSERT_FALSE(encoder.ok());
  EXPECT_EQ(encoder.error().kind, ErrorKind::kUsage);
}

class VideoMode : public ::testing::TestWithParam<std::string> {};

TEST_P(VideoMode, OrderTimesAndQuality) {
  SKIP_WITHOUT(GetParam());
  for (const bool low_delay : {false, true}) {
    for (const RangeUpdate update : {RangeUpdate::kFrame, RangeUpdate::kIntraPeriod}) {
      double last_snr = 1000;
      for (const int qp : {10, 34}) {
        EncoderConfig config{.mode = GetParam(), .qp = qp, .gop_frames = 8, .low_delay = low_delay};
        config.preset = "fast";
        config.quantizer.update = update;
        const auto layers = OneLayer();
        constexpr int kFrames = 20;
        const Decoded decoded = Decode(Encode(config, layers, kFrames));
        ASSERT_TRUE(decoded.status.ok()) << decoded.status.error().OneLine();
        ASSERT_EQ(decoded.frames.size(), size_t(kFrames));
        double worst = 1000;
        for (int t = 0; t < kFrames; ++t) {
          EXPECT_EQ(decoded.frames[size_t(t)].frame_number, t);
          EXPECT_EQ(decoded.frames[size_t(t)].frame.timestamp_ticks, 1000 + 3 * t);
          worst = std::min(worst, SignalToNoiseDb(MovingFrame(layers, t), decoded.frames[size_t(t)].frame));
        }
        EXPECT_GT(worst, qp == 10 ? 24.0 : 8.0) << "low delay " << low_delay << " update " << int(update);
        EXPECT_LT(worst, last_snr) << "a higher QP is worse";
        last_snr = worst;
      }
    }
  }
}

TEST_P(VideoMode, SeekingEqualsSequentialDecoding) {
  SKIP_WITHOUT(GetParam());
  for (const RangeUpdate update : {RangeUpdate::kFrame, RangeUpdate::kIntraPeriod}) {
    EncoderConfig config{.mode = GetParam(), .gop_frames = 6};
    config.preset = "fast";
    config.quantizer.update = update;
    constexpr int kFrames = 21;
    const auto bytes = Encode(config, OneLayer(), kFrames);
    const Decoded all = Decode(bytes);
    ASSERT_EQ(all.frames.size(), size_t(kFrames));
    for (int first = 1; first < kFrames; ++first) {
      const Decoded part = Decode(bytes, first);
      ASSERT_TRUE(part.status.ok()) << part.status.error().OneLine();
      ASSERT_EQ(part.frames.size(), size_t(kFrames - first));
      for (size_t i = 0; i < part.frames.size(); ++i) {
        EXPECT_EQ(part.frames[i].frame_number, int64_t(i) + first);
        ExpectSameValues(part.frames[i].frame, all.frames[i + size_t(first)].frame);
      }
    }
    const Decoded beyond = Decode(bytes, kFrames);
    ASSERT_FALSE(beyond.status.ok());
    EXPECT_EQ(beyond.status.error().kind, ErrorKind::kUsage);
  }
}

TEST_P(VideoMode, ThreadsDoNotChangeTheStream) {
  SKIP_WITHOUT(GetParam());
  EncoderConfig config{.mode = GetParam(), .gop_frames = 8};
  config.preset = "fast";
  const auto one = Encode(config, OneLayer(), 10);
  config.threads = 3;
  EXPECT_EQ(Encode(config, OneLayer(), 10), one);
  const Decoded serial = Decode(one), parallel = Decode(one, 0, 3);
  ASSERT_EQ(serial.frames.size(), parallel.frames.size());
  for (size_t i = 0; i < serial.frames.size(); ++i) ExpectSameValues(serial.frames[i].frame, parallel.frames[i].frame);
}

INSTANTIATE_TEST_SUITE_P(All, VideoMode, ::testing::Values("hevc", "h264"),
                         [](const auto& test) { return test.param; });

TEST(TiledRoundTrip, BackAndForthSeeks) {
  SKIP_WITHOUT("hevc");
  const EncoderConfig config{.mode = "hevc", .preset = "fast", .gop_frames = 5};
  const auto bytes = Encode(config, OneLayer(), 17);
  const Decoded all = Decode(bytes);
  const auto source = MemorySource(bytes);
  auto decoder = FeatureDecoder::Open(source.get());
  ASSERT_TRUE(decoder.ok());
  for (const int64_t frame : {16, 3, 4, 0, 10, 9, 11, 2}) {
    ASSERT_TRUE((*decoder)->SeekToFrame(frame).ok());
    for (int64_t t = frame; t < std::min<int64_t>(frame + 3, 17); ++t) {
      auto next = (*decoder)->Next();
      ASSERT_TRUE(next.ok() && next->has_value());
      EXPECT_EQ((*next)->frame_number, t);
      ExpectSameValues((*next)->frame, all.frames[size_t(t)].frame);
    }
  }
}

TEST(TiledRoundTrip, RecycledMemoryChangesNothing) {
  SKIP_WITHOUT("hevc");
  const EncoderConfig config{.mode = "hevc", .preset = "fast", .gop_frames = 5};
  const auto bytes = Encode(config, ThreeLayers(), 12);
  const Decoded all = Decode(bytes);
  const auto source = MemorySource(bytes);
  auto decoder = FeatureDecoder::Open(source.get());
  ASSERT_TRUE(decoder.ok());
  for (int t = 0; t < 12; ++t) {
    auto next = (*decoder)->Next();
    ASSERT_TRUE(next.ok() && next->has_value());
    ExpectSameValues((*next)->frame, all.frames[size_t(t)].frame);
    if (t % 3 == 1) (*next)->frame.layers.pop_back();  // of another shape: not taken
    (*decoder)->Recycle(std::move(**next));
  }
}

// Memory that the caller only lends is not written to.
TEST(TiledRoundTrip, BorrowedMemoryIsNotTaken) {
  SKIP_WITHOUT("ffv1");
  const std::vector<LayerSpec> layers = OneLayer();
  const auto bytes = Encode({.mode = "ffv1"}, layers, 3);
  const auto source = MemorySource(bytes);
  auto decoder = FeatureDecoder::Open(source.get());
  ASSERT_TRUE(decoder.ok());
  auto next = (*decoder)->Next();
  ASSERT_TRUE(next.ok() && next->has_value());
  const float* const owned = (*next)->frame.layers[0].values().data();
  const std::vector<float> lent((*next)->frame.layers[0].size(), 7.0f);
  (*decoder)->Recycle(std::move(**next));
  DecodedFrame borrowed;
  borrowed.frame.layers.push_back(
      Tensor::Borrow(lent.data(), layers[0].channels, layers[0].height_cells, layers[0].width_cells));
  (*decoder)->Recycle(std::move(borrowed));
  for (int t = 1; t < 3; ++t) {
    next = (*decoder)->Next();
    ASSERT_TRUE(next.ok() && next->has_value());
    EXPECT_FALSE((*next)->frame.layers[0].borrowed());
    EXPECT_EQ((*next)->frame.layers[0].values().data() == owned, t == 1) << "its own memory is used again";
  }
  for (const float value : lent) ASSERT_EQ(value, 7.0f);
}

// The side information stands in the packet of the frame that it is for, and a random-access packet always has it.
TEST(TiledRoundTrip, SectionsAndRandomAccess) {
  SKIP_WITHOUT("hevc");
  EncoderConfig config{.mode = "hevc", .preset = "fast", .gop_frames = 6};
  const auto bytes = Encode(config, OneLayer(), 20);
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), {});
  ASSERT_TRUE(reader.ok());
  std::set<int64_t> random_access;
  int bidirectional = 0;
  for (;;) {
    auto packet = (*reader)->Next();
    ASSERT_TRUE(packet.ok());
    if (!packet->has_value()) break;
    EXPECT_EQ((*packet)->configures(), (*packet)->frame_number == 0);
    RemoveConfiguration(&**packet);
    const Packet& p = **packet;
    const bool boundary = p.frame_number % 6 == 0;
    EXPECT_EQ(p.sections.size(), boundary ? 2u : 1u);
    EXPECT_EQ(p.sections.front().kind, boundary ? SectionKind::kSideInfo : SectionKind::kResidual);
    if (boundary) {
      EXPECT_EQ(p.sections.front().size_bytes, 9u) << "a coding byte and two floats";
    }
    if (p.random_access) random_access.insert(p.frame_number);
    bidirectional += p.type == FrameType::kBidirectional;
  }
  EXPECT_EQ(random_access, (std::set<int64_t>{0, 6, 12, 18}));
  EXPECT_GT(bidirectional, 0);
}

TEST(TiledRoundTrip, LowDelayGivesAPacketAFrame) {
  SKIP_WITHOUT("hevc");
  for (const std::string mode : {"hevc", "h264"}) {
    const EncoderConfig config{.mode = mode, .preset = "fast", .gop_frames = 100, .low_delay = true};
    std::vector<uint8_t> bytes;
    const auto sink = MemorySink(&bytes);
    auto encoder = FeatureEncoder::Create(config, InfoOf(OneLayer()), sink.get());
    ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
    size_t size = 0;
    for (int t = 0; t < 10; ++t) {
      ASSERT_TRUE((*encoder)->Push(MovingFrame(OneLayer(), t)).ok());
      EXPECT_GT(bytes.size(), size) << mode << " frame " << t;
      size = bytes.size();
    }
    ASSERT_TRUE((*encoder)->Finish().ok());
  }
}

}  // namespace
}  // namespace fsc
