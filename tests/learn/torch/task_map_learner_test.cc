// A map of where errors matter, learnt on tiny backs for which the answer is known.
#include "learn/task_map_learner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "codec/profile/conv_net_run.h"
#include "tests/learn/torch/tiny_back.h"

namespace fsc {
namespace {

using testing::HasSubstr;

const std::vector<LayerSpec> kOneLayer = {{"a", 4, 0, 0, 4, 0}};
// Listens where the last channel is large.
constexpr const char* kGated =
    "def forward(self, a):\n"
    "  return a.narrow(1, 0, 2) * torch.exp(1.5 * a.narrow(1, 3, 1))\n";

ConvNet Identity(int channels) {
  Convolution layer;
  layer.inputs = layer.outputs = channels;
  layer.weights.assign(size_t(channels * channels), 0);
  for (int c = 0; c < channels; ++c) layer.weights[size_t(c * channels + c)] = 1;
  layer.bias.assign(size_t(channels), 0);
  ConvNet net;
  net.main = {layer};
  net.low.assign(size_t(channels), -INFINITY);
  return net;
}

class TaskMapLearnerTest : public testing::Test {
 protected:
  Result<ConvNet> Learn(const std::vector<ModelSpec>& specs, double exponent, int frames = 4) {
    FSC_ASSIGN_OR_RETURN(const auto learner, TaskMapLearner::Create(specs, {{0, 1}}, Identity(4), config_));
    InputGeometry geometry;
    geometry.input_height_px = geometry.input_width_px = 128;
    for (int n = 0; n < frames; ++n) {
      const FeatureFrame frame = RandomFrame(kOneLayer, 128, 128, uint32_t(n));
      FSC_RETURN_IF_ERROR(learner->Add(frame, frame.layers[0], geometry));
    }
    auto net = learner->Fit(exponent);
    explained_ = learner->explained();
    return net;
  }

  std::string ErrorOf(const std::string& forward, int frames = 2) {
    const TemporaryFolder folder;
    const auto net = Learn({TinyModel(folder, forward, kOneLayer, TaskKind::kNone)}, 1, frames);
    return net.ok() ? "no error" : net.error().OneLine();
  }

  // Correlation of the map's output with the last channel, on a frame that was not learnt from.
  double Correlation(const ConvNet& net) {
    const FeatureFrame frame = RandomFrame(kOneLayer, 128, 128, 77);
    const Tensor map = RunConvNetPlain(net, frame.layers[0]);
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < map.size(); ++i) {
      const double a = map.values()[i], b = frame.layers[0].plane(3)[i];
      n += 1, x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
    }
    return (n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y));
  }

  TemporaryFolder folder_;
  TaskMapConfig config_;
  double explained_ = 0;
};

TEST_F(TaskMapLearnerTest, FindsWhatTheBackListensTo) {
  const ModelSpec spec = TinyModel(folder_, kGated, kOneLayer, TaskKind::kNone);
  const auto net = Learn({spec}, 1);
  ASSERT_TRUE(net.ok()) << net.error().OneLine();
  EXPECT_TRUE(CheckConvNet(*net, "map").ok());
  EXPECT_EQ(net->inputs(), 4);
  EXPECT_EQ(net->outputs(), 1);
  EXPECT_GT(explained_, 0.6);
  EXPECT_GT(Correlation(*net), 0.7) << "also where it was not learnt";

  // Weights have mean 1, and an exponent below 1 narrows them.
  const auto spread = [&](const ConvNet& map, double* mean) {
    double sum = 0, square = 0, weights = 0, cells = 0;
    for (uint32_t n = 0; n < 4; ++n) {
      const Tensor logs = RunConvNetPlain(map, RandomFrame(kOneLayer, 128, 128, n).layers[0]);
      for (const float log : logs.values()) {
        weights += std::exp2(double(log));
        sum += log;
        square += double{log} * log;
        ++cells;
      }
    }
    *mean = weights / cells;
    return std::sqrt(square / cells - sum * sum / (cells * cells));
  };
  double mean = 0, narrow_mean = 0;
  const double wide = spread(*net, &mean);
  const auto narrow_net = Learn({spec}, 0.5);
  ASSERT_TRUE(narrow_net.ok());
  EXPECT_NEAR(spread(*narrow_net, &narrow_mean), wide / 2, 0.02 * wide);
  EXPECT_NEAR(mean, 1, 1e-3);
  EXPECT_NEAR(narrow_mean, 1, 1e-3);
}

TEST_F(TaskMapLearnerTest, TheSameForTheSameSeed) {
  config_.steps = 30;
  const ModelSpec spec = TinyModel(folder_, kGated, kOneLayer, TaskKind::kNone);
  const auto first = Learn({spec}, 1), second = Learn({spec}, 1);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  config_.seed = 2;
  const auto other = Learn({spec}, 1);
  ASSERT_TRUE(other.ok());
  EXPECT_NE(*first, *other);
}

// A back that listens everywhere alike takes half of the say from one that does not, however large its gradients are.
TEST_F(TaskMapLearnerTest, BacksCountAlike) {
  const TemporaryFolder folder;
  const ModelSpec gated = TinyModel(folder_, kGated, kOneLayer, TaskKind::kNone);
  const ModelSpec flat = TinyModel(folder, "def forward(self, a):\n  return 100 * a\n", kOneLayer, TaskKind::kNone);
  const auto both = Learn({gated, flat}, 1);
  ASSERT_TRUE(both.ok()) << both.error().OneLine();
  EXPECT_GT(Correlation(*both), 0.6);
}

TEST_F(TaskMapLearnerTest, WhatCannotBeLearntIsNamed) {
  EXPECT_THAT(ErrorOf(kGated, 0), HasSubstr("no frame"));
  EXPECT_THAT(ErrorOf("def forward(self, a):\n  return torch.argmax(a, 1)\n"), HasSubstr("Long values"));
  EXPECT_THAT(ErrorOf("def forward(self, a):\n  return torch.gt(a, 0) * 1.0\n"), HasSubstr("cannot be differentiated"));
  EXPECT_THAT(ErrorOf("def forward(self, a):\n  return torch.round(a)\n"), HasSubstr("all are zero"));
  EXPECT_FALSE(Learn({}, 1).ok());
  const ModelSpec spec = TinyModel(folder_, kGated, kOneLayer, TaskKind::kNone);
  EXPECT_FALSE(Learn({spec}, 0).ok());
  config_.steps = 0;
  EXPECT_FALSE(Learn({spec}, 1).ok());
}

}  // namespace
}  // namespace fsc
