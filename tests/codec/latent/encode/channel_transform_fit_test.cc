// The choice of a layer's transform: how its step follows the scale asked for.
#include "codec/latent/encode/channel_transform_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "codec/latent/header.h"
#include "tests/support/latent_fixture.h"

namespace fsc {
namespace {

// Channels that are mixtures of a few sources.
Tensor Mixture(int channels) {
  Tensor tensor(channels, 24, 24);
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 24 * 24; ++i) {
    std::array<float, 6> sources;
    for (size_t s = 0; s < sources.size(); ++s) sources[s] = normal(random) * std::exp2(-float(s));
    for (int c = 0; c < channels; ++c) {
      float sum = 0;
      for (size_t s = 0; s < sources.size(); ++s) sum += sources[s] * std::sin(float(3 * c) + float(7 * s));
      tensor.plane(c)[size_t(i)] = sum;
    }
  }
  return tensor;
}

double Step(const ChannelTransform& transform) {
  return transform.unit * std::ldexp(1.0, transform.sigma_log2);
}

TEST(ChannelTransformFit, StepScaleScalesTheStepOfBothKinds) {
  const Tensor tensor = Mixture(12);
  const std::vector<const Tensor*> frames = {&tensor};
  for (const LatentTransform kind : {LatentTransform::kIdentity, LatentTransform::kKlt}) {
    TransformFitOptions options;
    options.kind = kind;
    options.qp = 50;
    const ChannelTransform plain = FitChannelTransform(frames, options);
    options.step_scale = 2;
    const ChannelTransform scaled = FitChannelTransform(frames, options);
    EXPECT_NEAR(Step(scaled) / Step(plain), 2, 1e-4);
    EXPECT_LE(scaled.planes, plain.planes);  // rows that the larger step leaves nothing of
    options.lossless = true;
    const ChannelTransform lossless = FitChannelTransform(frames, options);
    options.step_scale = 1;
    EXPECT_EQ(lossless.unit, FitChannelTransform(frames, options).unit);
  }
}

// A handful of cells spans what it happens to show: there no row is left out. Of many, rows below the step stay away.
TEST(ChannelTransformFit, FewSamplesLeaveNoRowOut) {
  TransformFitOptions options;
  options.kind = LatentTransform::kKlt;
  options.qp = 28;
  Tensor few(6, 5, 6);
  Tensor many(6, 24, 24);
  std::mt19937 random(9);
  std::normal_distribution<float> normal;
  for (Tensor* tensor : {&few, &many}) {
    for (int c = 0; c < 6; ++c) {
      const float deviation = c < 4 ? 1 : 0.001f;  // two directions are hardly there
      for (float& value : tensor->plane(c)) value = deviation * normal(random);
    }
  }
  const std::vector<const Tensor*> one = {&few};
  EXPECT_EQ(FitChannelTransform(one, options).planes, 6);
  const std::vector<const Tensor*> eight(8, &many);
  EXPECT_EQ(FitChannelTransform(eight, options).planes, 4);
}

// Bits of the residual of each layer, where both are alike but for their stride.
TEST(ChannelTransformFit, FinerLayersTakeLargerSteps) {
  for (const int fine_px : {2, 4, 8, 32}) {
    const std::vector<LayerSpec> layers = {LayerSpec{"fine", 6, 24, 24, fine_px, 0},
                                           LayerSpec{"coarse", 6, 24, 24, 32, 0}};
    EncoderConfig config = Config(40);
    const Result<std::unique_ptr<ModeEncoder>> encoder = CreateLatentEncoder(config, layers, TimeBase{25, 1}, Limits{});
    ASSERT_TRUE(encoder.ok());
    std::vector<Packet> packets;
    FeatureFrame frame;
    frame.layers.push_back(Mixture(6));
    frame.layers.push_back(Mixture(6));
    ASSERT_TRUE((*encoder)->Push(frame, {}, &packets).ok());
    ASSERT_TRUE((*encoder)->Flush(&packets).ok());
    const Result<LatentStreamConfig> read = ReadLatentStreamConfig((*encoder)->mode_config(), layers, Limits{});
    ASSERT_TRUE(read.ok());
    const double expected = std::min(2.0, std::sqrt(32.0 / fine_px));
    EXPECT_NEAR(Step(read->layers[0].transform) / Step(read->layers[1].transform), expected, 1e-3) << fine_px;
  }
}

}  // namespace
}  // namespace fsc
