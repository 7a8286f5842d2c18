// What the decoder tells about the coding of a frame: the bits add up to the packets, they lie in the blocks that cost
// them, and looking changes nothing.
#include <gtest/gtest.h>

#include <numeric>

#include "codec/latent/prediction.h"
#include "tests/support/latent_fixture.h"

namespace fsc {
namespace {

Result<std::vector<DecodedFrame>> DecodeWithAnalysis(const Stream& stream, int threads = 1) {
  FSC_ASSIGN_OR_RETURN(auto decoder, CreateLatentDecoder(stream.header, {}, threads));
  decoder->Analyse();
  std::vector<DecodedFrame> frames;
  for (const Packet& packet : stream.packets) FSC_RETURN_IF_ERROR(decoder->Push(packet, &frames));
  FSC_RETURN_IF_ERROR(decoder->Flush(&frames));
  return frames;
}

TEST(LatentAnalysis, BitsAddUpToThePackets) {
  const Clip clip = MakeClip(kShapes[3], 20, true, 21);
  for (const int groups : {1, 3}) {
    EncoderConfig config = Config(12);
    config.latent.plane_groups = groups;
    const Result<Stream> stream = EncodeClip(clip, config);
    ASSERT_TRUE(stream.ok());
    const Result<std::vector<DecodedFrame>> frames = DecodeWithAnalysis(*stream);
    ASSERT_TRUE(frames.ok()) << frames.error().OneLine();
    double all_bits = 0;
    double all_payload_bits = 0;
    for (const DecodedFrame& frame : *frames) {
      ASSERT_NE(frame.analysis, nullptr);
      const double payload_bits = 8.0 * double(frame.analysis->payload_bytes);
      // Motion, and for each layer its modes and groups: rounded up to whole bytes, two at the most.
      const double strings = 1 + double(clip.layers.size()) * (1 + groups);
      EXPECT_NEAR(frame.analysis->total_bits(), payload_bits, 16 * strings) << frame.frame_number;
      all_bits += frame.analysis->total_bits();
      all_payload_bits += payload_bits;
    }
    double packet_bits = 0;
    for (const Packet& packet : stream->packets) packet_bits += 8.0 * double(packet.payload.size());
    EXPECT_EQ(all_payload_bits, packet_bits);
    EXPECT_NEAR(all_bits, packet_bits, 0.01 * packet_bits);
  }
}

TEST(LatentAnalysis, BitsLieInTheBlockThatCostThem) {
  // All is still but one block, cells 8..11 x 4..7 of every channel.
  Clip clip = MakeClip({{"x", 8, 24, 32, 8, 0}}, 9, false, 22);
  std::mt19937 random(23);
  std::normal_distribution<float> noise(0, 2);
  for (size_t t = 1; t < clip.frames.size(); ++t) {
    clip.frames[t].layers[0] = clip.frames[0].layers[0].Clone();
    for (int c = 0; c < 8; ++c) {
      for (int y = 4; y < 8; ++y) {
        for (int x = 8; x < 12; ++x) clip.frames[t].layers[0].plane(c)[size_t(y) * 32 + x] = noise(random);
      }
    }
  }
  EncoderConfig config = Config(20);
  config.low_delay = true;
  config.latent.transform = LatentTransform::kIdentity;
  const Result<Stream> stream = EncodeClip(clip, config);
  ASSERT_TRUE(stream.ok());
  const Result<std::vector<DecodedFrame>> frames = DecodeWithAnalysis(*stream);
  ASSERT_TRUE(frames.ok());
  const LayerAnalysis& first = (*frames)[0].analysis->layers[0];
  ASSERT_EQ(first.blocks_x * first.block_cells, 32);
  ASSERT_EQ(first.blocks_y * first.block_cells, 24);
  const int busy = 4 / first.block_cells * first.blocks_x + 8 / first.block_cells;
  for (size_t t = 3; t < frames->size(); ++t) {
    const std::vector<float>& bits = (*frames)[t].analysis->layers[0].coefficient_bits;
    EXPECT_GT(bits[size_t(busy)], 0.8 * std::accumulate(bits.begin(), bits.end(), 0.0)) << t;
  }
}

TEST(LatentAnalysis, MotionAndModesAreThoseOfTheFrame) {
  // The pattern moves by (2, 1) px a frame: from frame to frame a vector is (-8, -4) quarter pixels.
  const Clip clip = MakeClip({{"x", 8, 24, 32, 8, 0}}, 9, true, 24);
  EncoderConfig config = Config(30);
  config.low_delay = true;
  const Result<Stream> stream = EncodeClip(clip, config);
  ASSERT_TRUE(stream.ok());
  const Result<std::vector<DecodedFrame>> frames = DecodeWithAnalysis(*stream);
  ASSERT_TRUE(frames.ok());
  EXPECT_EQ((*frames)[0].analysis->type, FrameType::kIntra);
  EXPECT_TRUE((*frames)[0].analysis->motion.empty());
  for (size_t t = 1; t < frames->size(); ++t) {
    const FrameAnalysis& analysis = *(*frames)[t].analysis;
    ASSERT_FALSE(analysis.motion.empty());
    ASSERT_EQ(analysis.motion.size(), analysis.references.size());
    const int64_t distance = int64_t(t) - analysis.references[0];
    const std::vector<MotionVector>& leaves = analysis.motion[0].leaves();
    const auto right = std::count_if(leaves.begin(), leaves.end(), [&](const MotionVector& v) {
      return std::abs(v.dx_qpel + 8 * distance) <= 4 && std::abs(v.dy_qpel + 4 * distance) <= 4;
    });
    EXPECT_GT(right, int64_t(leaves.size()) / 2) << t;
    const LayerAnalysis& layer = analysis.layers[0];
    ASSERT_EQ(layer.modes.size(), size_t(layer.blocks_x) * layer.blocks_y);
    const auto inter =
        std::count_if(layer.modes.begin(), layer.modes.end(), [](uint8_t mode) { return IsInter(BlockMode(mode)); });
    EXPECT_GT(inter, int64_t(layer.modes.size()) / 2) << t;
    for (const uint8_t mode : layer.modes) ASSERT_LT(mode, analysis.mode_names.size());
  }
}

TEST(LatentAnalysis, LookingChangesNothing) {
  const Clip clip = MakeClip(kShapes[3], 9, true, 25);
  EncoderConfig config = Config(24);
  config.latent.plane_groups = 3;
  const Result<Stream> stream = EncodeClip(clip, config);
  ASSERT_TRUE(stream.ok());
  const Result<std::vector<DecodedFrame>> plain = DecodeStream(*stream);
  const Result<std::vector<DecodedFrame>> looked = DecodeWithAnalysis(*stream);
  const Result<std::vector<DecodedFrame>> threaded = DecodeWithAnalysis(*stream, 3);
  ASSERT_TRUE(plain.ok() && looked.ok() && threaded.ok());
  for (size_t t = 0; t < plain->size(); ++t) {
    EXPECT_EQ((*plain)[t].analysis, nullptr);
    for (size_t i = 0; i < clip.layers.size(); ++i) {
      ASSERT_TRUE(std::ranges::equal((*plain)[t].frame.layers[i].values(), (*looked)[t].frame.layers[i].values()));
      EXPECT_EQ((*looked)[t].analysis->layers[i].coefficient_bits, (*threaded)[t].analysis->layers[i].coefficient_bits);
      EXPECT_EQ((*looked)[t].analysis->layers[i].modes, (*threaded)[t].analysis->layers[i].modes);
    }
  }
}

}  // namespace
}  // namespace fsc
