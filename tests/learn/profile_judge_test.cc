// What calibration measures is what encoders do: planes coded on their own, against the same profile in a stream.
#include "learn/profile_judge.h"

#include <gtest/gtest.h>

#include "codec/profile/transform.h"
#include "fsc/byte_io.h"
#include "fsc/decoder.h"
#include "fsc/encoder.h"
#include "tests/support/latent_fixture.h"
#include "tests/support/profile_fixture.h"

namespace fsc {
namespace {

// Features as every decoder of a stream that carries the profile has them.
std::vector<FeatureFrame> ThroughAStream(const EncoderConfig& config, const FrameRun& run) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  StreamInfo stream;
  stream.layers = run[0]->layers;
  auto encoder = FeatureEncoder::Create(config, stream, sink.get());
  EXPECT_TRUE(encoder.ok()) << encoder.error().OneLine();
  for (const CalibrationFrame* frame : run) {
    EXPECT_TRUE((*encoder)->Push(frame->features, {.luma = frame->luma.view()}).ok());
  }
  EXPECT_TRUE((*encoder)->Finish().ok());
  const auto source = MemorySource(bytes);
  const auto decoder = FeatureDecoder::Open(source.get());
  EXPECT_TRUE(decoder.ok()) << decoder.error().OneLine();
  std::vector<FeatureFrame> frames;
  for (;;) {
    auto frame = (*decoder)->Next();
    if (!frame.ok() || !*frame) break;
    frames.push_back(std::move((*frame)->frame));
  }
  return frames;
}

TEST(CodeRun, IsWhatAnEncoderWithTheProfileDoes) {
  const auto profile = Stored(LinearProfile(12, 9));
  LayerSpec layer = profile->layers[0];
  layer.height_cells = 20;
  layer.width_cells = 28;
  Clip clip = MakeClip({layer}, 10, true, 3);
  std::vector<CalibrationFrame> frames(clip.frames.size());
  FrameRun run;
  for (size_t t = 0; t < frames.size(); ++t) {
    frames[t].features = std::move(clip.frames[t]);
    frames[t].layers = clip.layers;
    frames[t].luma = std::move(clip.luma[t]);
    run.push_back(&frames[t]);
  }
  for (const char* mode : {"latent", "ffv1"}) {
    EncoderConfig config;
    config.mode = mode;
    config.qp = 40;
    const auto coded = CodeRun(profile->parts, run, config);
    ASSERT_TRUE(coded.ok()) << coded.error().OneLine();
    config.profile = profile;
    const std::vector<FeatureFrame> expected = ThroughAStream(config, run);
    ASSERT_EQ(expected.size(), run.size());
    for (size_t t = 0; t < run.size(); ++t) {
      const FeatureFrame restored = RestoreFrame(profile->parts, clip.layers, coded->reduced[t], nullptr);
      const std::span<const float> a = restored.layers[0].values(), b = expected[t].layers[0].values();
      ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << mode << ", frame " << t;
    }
  }
}

}  // namespace
}  // namespace fsc
