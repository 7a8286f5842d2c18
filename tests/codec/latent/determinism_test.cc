// The same bytes and the same planes whatever computes them: every number of threads, every instruction set of this
// machine; and ten thousand frames without a difference between the encoder's pictures and the decoder's.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "codec/latent/encode/frame_encoder.h"
#include "codec/rate/gop.h"
#include "tests/support/each_cpu_level.h"
#include "tests/support/latent_fixture.h"

namespace fsc {
namespace {

void ExpectSame(const Stream& a, const Stream& b) {
  ASSERT_EQ(a.header.mode_config, b.header.mode_config);
  ASSERT_EQ(a.packets.size(), b.packets.size());
  for (size_t i = 0; i < a.packets.size(); ++i) {
    ASSERT_EQ(a.packets[i].frame_number, b.packets[i].frame_number);
    ASSERT_EQ(a.packets[i].payload, b.packets[i].payload) << "packet " << i;
  }
}

void ExpectSame(const std::vector<DecodedFrame>& a, const std::vector<DecodedFrame>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t t = 0; t < a.size(); ++t) {
    for (size_t i = 0; i < a[t].frame.layers.size(); ++i) {
      ASSERT_TRUE(std::ranges::equal(a[t].frame.layers[i].values(), b[t].frame.layers[i].values()))
          << "frame " << t << " layer " << i;
    }
  }
}

// What one instruction set and one number of threads make of a clip.
struct Outcome {
  Stream stream;
  std::vector<DecodedFrame> frames;
};

Outcome Code(const Clip& clip, EncoderConfig config, int threads) {
  config.threads = threads;
  Result<Stream> stream = EncodeClip(clip, config);
  EXPECT_TRUE(stream.ok());
  if (!stream.ok()) return {};
  Result<std::vector<DecodedFrame>> frames = DecodeStream(*stream, threads);
  EXPECT_TRUE(frames.ok());
  if (!frames.ok()) return {};
  return {std::move(*stream), std::move(*frames)};
}

// Codes the clip on every instruction set with 1, 2, 3 and 8 threads.
void ExpectTheSameEverywhere(const Clip& clip, const EncoderConfig& config) {
  Outcome first;
  int outcomes = 0;
  ForEachCpuLevel([&] {
    for (const int threads : {1, 2, 3, 8}) {
      SCOPED_TRACE(testing::Message() << threads << " threads");
      Outcome outcome = Code(clip, config, threads);
      ASSERT_EQ(outcome.frames.size(), clip.frames.size());
      if (outcomes++ == 0) {
        first = std::move(outcome);
        continue;
      }
      ExpectSame(outcome.stream, first.stream);
      ExpectSame(outcome.frames, first.frames);
    }
  });
  EXPECT_GE(outcomes, 4);
}

TEST(LatentDeterminism, BytesAndFramesAreTheSameOnEveryCpuLevelAndNumberOfThreads) {
  for (const std::string preset : {"fast", "balanced", "high"}) {
    for (const bool low_delay : {false, true}) {
      SCOPED_TRACE(testing::Message() << preset << (low_delay ? ", low delay, bitrate" : ", B frames"));
      const Clip clip = MakeClip({{"a", 4, 11, 19, 8, 0}, {"b", 9, 6, 10, 16, 0}}, 7, !low_delay, 21);
      EncoderConfig config = Config(24);
      config.preset = preset;
      config.low_delay = low_delay;
      config.latent.transform = low_delay ? LatentTransform::kIdentity : LatentTransform::kKlt;
      config.latent.plane_groups = low_delay ? 1 : 3;
      if (low_delay) config.latent.bitrate_kbps = 300;
      ExpectTheSameEverywhere(clip, config);
    }
  }
}

TEST(LatentDeterminism, SoAreLosslessStreamsAndBitratesWithBFrames) {
  for (const std::string preset : {"fast", "balanced", "high"}) {
    for (const bool lossless : {false, true}) {
      SCOPED_TRACE(testing::Message() << preset << (lossless ? ", lossless" : ", bitrate"));
      const Clip clip = MakeClip({{"a", 4, 11, 19, 8, 0}, {"b", 9, 6, 10, 16, 0}}, lossless ? 4 : 9, lossless, 22);
      EncoderConfig config = Config(24);
      config.preset = preset;
      config.latent.lossless = lossless;
      config.latent.plane_groups = 2;
      if (!lossless) config.latent.bitrate_kbps = 200;
      ExpectTheSameEverywhere(clip, config);
    }
  }
}

// A stream whose decoded values are its planes: identity, unit 1, means 0.
struct PlaneStream {
  std::vector<LayerSpec> layers;
  LatentStreamConfig config;
};

PlaneStream MakePlaneStream() {
  PlaneStream stream;
  stream.layers = {{"a", 3, 9, 11, 4, 0}, {"b", 2, 5, 6, 8, 0}};
  stream.config.motion = {44, 36, 1};
  for (const LayerSpec& spec : stream.layers) {
    LatentStreamConfig::Layer layer;
    layer.transform.channels = layer.transform.planes = spec.channels;
    layer.transform.unit = 1;
    layer.transform.sigma_log2 = 6;
    layer.transform.mean_levels.assign(spec.channels, 0);
    layer.transform.plane_scale.assign(spec.channels, 40);
    layer.groups = 2;
    stream.config.layers.push_back(std::move(layer));
  }
  return stream;
}

// Planes that move, jump and are noisy.
std::vector<LayerPlanes> MakePlanes(const std::vector<LayerSpec>& layers, int t, std::mt19937* random) {
  std::vector<LayerPlanes> result;
  for (const LayerSpec& spec : layers) {
    LayerPlanes planes(spec.channels, spec.width_cells, spec.height_cells);
    for (int k = 0; k < spec.channels; ++k) {
      for (int y = 0; y < spec.height_cells; ++y) {
        for (int x = 0; x < spec.width_cells; ++x) {
          const int px = x * spec.stride_px + t + (t / 97) * 13;
          const int pattern = int(uint32_t(px / 6 * 7919 + (y * spec.stride_px / 5 + k) * 104729) % 400) - 200;
          planes.plane(k).row(y)[x] = int16_t(pattern + int((*random)() % 41) - 20);
        }
      }
    }
    result.push_back(std::move(planes));
  }
  return result;
}

MotionField RandomField(const MotionGeometry& geometry, std::mt19937* random) {
  MotionField field(geometry);
  if ((*random)() % 3 == 0) return field;
  const MotionVector v = ClampVector(int((*random)() % 65) - 32, int((*random)() % 65) - 32);
  for (int y = 0; y < geometry.leaves_y(); ++y) {
    for (int x = 0; x < geometry.leaves_x(); ++x) field.leaf(x, y) = v;
  }
  return field;
}

// Codes `frames` frames after one intra frame, decodes every packet at once, and compares all planes.
void ExpectNoDrift(int frames, int span_frames, const LatentEffort& effort, uint32_t seed) {
  const PlaneStream stream = MakePlaneStream();
  std::mt19937 random(seed);
  StreamHeader header;
  header.layers = stream.layers;
  header.mode = "latent";
  header.mode_config = WriteLatentStreamConfig(stream.config);
  Result<std::unique_ptr<ModeDecoder>> decoder = CreateLatentDecoder(header, {}, 1);
  ASSERT_TRUE(decoder.ok()) << decoder.error().OneLine();

  LatentState state(stream.config, stream.layers);
  GopPlanner planner({frames, span_frames, 1});
  std::map<int64_t, std::shared_ptr<LatentPicture>> stored;
  std::map<int64_t, std::shared_ptr<LatentPicture>> expected;
  std::map<int64_t, std::vector<LayerPlanes>> sources;
  int64_t compared = 0;
  for (int t = 0; t < frames; ++t) {
    sources[t] = MakePlanes(stream.layers, t, &random);
    std::vector<PlannedFrame> plans;
    planner.Push(t, &plans);
    if (t + 1 == frames) planner.Flush(&plans);
    for (const PlannedFrame& plan : plans) {
      LatentFrameHeader frame_header;
      frame_header.frame_class = plan.frame_class;
      frame_header.qp = 24 + int(random() % 30);
      for (int8_t& recentre : frame_header.recentre) recentre = int8_t(int(random() % 21) - 10);
      frame_header.filter = random() % 4 == 0 ? WarpFilter::kBilinear : WarpFilter::kSixTap;
      frame_header.is_reference = plan.is_reference;
      std::vector<const LatentPicture*> references;
      std::vector<MotionField> fields;
      for (const int64_t reference : plan.references) {
        frame_header.references.push_back(int(reference - plan.frame_number));
        references.push_back(stored.at(reference).get());
        fields.push_back(RandomField(stream.config.motion, &random));
      }
      for (const int64_t dropped : plan.dropped) frame_header.dropped.push_back(int(dropped - plan.frame_number));
      const FrameInput input{stream.layers, &stream.config, &sources.at(plan.frame_number), references, fields,
                             &state,        false};
      EncodedFrame frame = EncodeFrame(input, frame_header, effort, nullptr);
      Packet packet;
      packet.type = references.empty() ? FrameType::kIntra : FrameType::kInter;
      packet.random_access = references.empty();
      packet.frame_number = plan.frame_number;
      FillPacket(frame, frame.header, &packet);
      state = std::move(frame.state);
      expected[plan.frame_number] = frame.picture;
      for (const int64_t dropped : plan.dropped) stored.erase(dropped);
      if (plan.is_reference) stored[plan.frame_number] = frame.picture;
      sources.erase(plan.frame_number);

      std::vector<DecodedFrame> decoded;
      const Status pushed = (*decoder)->Push(packet, &decoded);
      ASSERT_TRUE(pushed.ok()) << pushed.error().OneLine();
      for (const DecodedFrame& result : decoded) {
        const LatentPicture& picture = *expected.at(result.frame_number);
        for (size_t i = 0; i < stream.layers.size(); ++i) {
          const std::span<const float> values = result.frame.layers[i].values();
          ASSERT_TRUE(std::ranges::equal(picture.layers[i].samples(), values)) << "frame " << result.frame_number;
        }
        expected.erase(result.frame_number);
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, frames);
}

TEST(LatentDeterminism, TenThousandFramesAfterOneIntraFrameDoNotDrift) {
  LatentEffort effort;
  {
    SCOPED_TRACE("low delay, fast");
    effort.quantizer.search = LevelSearch::kLargest;
    effort.modes.intra_in_inter = false;
    ExpectNoDrift(10000, 0, effort, 5);
  }
  {
    SCOPED_TRACE("hierarchical B, high");
    effort = {};
    effort.quantizer.search = LevelSearch::kExact;
    ExpectNoDrift(2000, 8, effort, 6);
  }
}

}  // namespace
}  // namespace fsc
