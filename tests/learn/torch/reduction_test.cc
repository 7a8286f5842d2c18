// Linear and learned channel reductions on tiny networks that are made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "codec/profile/conv_net_run.h"
#include "learn/linear_reduction.h"
#include "learn/reduction_trainer.h"
#include "learn/torch/gradient_back.h"
#include "learn/torch/reduction_network.h"
#include "tests/learn/torch/tiny_back.h"

namespace fsc {
namespace {

using testing::HasSubstr;

const std::vector<LayerSpec> kOneLayer = {{"a", 8, 0, 0, 4, 0}};
const std::vector<LayerSpec> kTwoLayers = {{"fine", 2, 0, 0, 2, 0}, {"coarse", 3, 0, 0, 4, 0}};
// Two classes for each cell out of the first three channels: the others do not matter.
constexpr const char* kClasses =
    "def forward(self, a):\n"
    "  b = torch.relu(torch.conv2d(a.narrow(1, 0, 3), self.w, None, [1, 1], [1, 1]))\n"
    "  return torch.cat([b, 0.5 * torch.ones_like(b)], 1)\n";

class ReductionTest : public testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(1);
    spec_ = TinyModel(folder_, kClasses, kOneLayer, TaskKind::kSegmentation, torch::randn({1, 3, 3, 3}));
    for (uint32_t n = 0; n < 8; ++n) frames_.push_back(RandomFrame(kOneLayer, 64, 64, n, true));
    for (size_t n = 0; n < 6; ++n) training_.push_back(&frames_[n]);
    for (size_t n = 6; n < 8; ++n) held_back_.push_back(&frames_[n]);
    config_.planes = 3;
    config_.branch_width = 4;
    config_.steps = 400;
    config_.crop_px = 48;
    config_.learning_rate = 1e-2;
    config_.lambda = 0.02;
  }

  std::unique_ptr<ReductionTrainer> Trained() {
    auto trainer = ReductionTrainer::Create({spec_}, *FuseAllLayers(spec_), config_);
    EXPECT_TRUE(trainer.ok()) << trainer.error().OneLine();
    const Status status = (*trainer)->Train(training_, held_back_, nullptr);
    EXPECT_TRUE(status.ok()) << status.error().OneLine();
    return std::move(*trainer);
  }

  std::string TrainError() {
    auto trainer = ReductionTrainer::Create({spec_}, {{0, 1}}, config_);
    if (!trainer.ok()) return trainer.error().OneLine();
    const Status status = (*trainer)->Train(training_, held_back_, nullptr);
    return status.ok() ? "no error" : status.error().OneLine();
  }

  TemporaryFolder folder_;
  ModelSpec spec_;
  std::vector<FeatureFrame> frames_;
  std::vector<const FeatureFrame*> training_, held_back_;
  ReductionConfig config_;
};

TEST_F(ReductionTest, FoldingPutsBlocksIntoChannelsAndBack) {
  const torch::Tensor x = torch::arange(2 * 3 * 5, torch::kFloat32).reshape({1, 2, 3, 5});
  const torch::Tensor folded = FoldCells(x, 2);
  ASSERT_EQ(folded.sizes(), (std::vector<int64_t>{1, 8, 2, 3}));
  // Channel (row * 2 + column) * C + c.
  EXPECT_EQ(folded[0][0][0][0].item<float>(), x[0][0][0][0].item<float>());
  EXPECT_EQ(folded[0][1][0][0].item<float>(), x[0][1][0][0].item<float>());
  EXPECT_EQ(folded[0][2][0][0].item<float>(), x[0][0][0][1].item<float>());
  EXPECT_EQ(folded[0][4][0][0].item<float>(), x[0][0][1][0].item<float>());
  EXPECT_EQ(folded[0][6][1][2].item<float>(), x[0][0][2][4].item<float>()) << "past the edge the last cell repeats";
  EXPECT_TRUE(torch::equal(UnfoldCells(folded, 2, 3, 5), x));
}

TEST_F(ReductionTest, ANetworkIsTheSamePlainNumbers) {
  const torch::Tensor samples = torch::randn({8, 500});
  const auto generator = torch::make_generator<at::CPUGeneratorImpl>(uint64_t(1));
  const torch::Tensor low = torch::tensor({0.f, 0.f, -INFINITY, 0.f, -INFINITY, 0.f, 0.f, 0.f});
  const ReductionStart start = StartFromComponents({samples, torch::linspace(0.5, 2, 8), low}, {}, 4);
  const ReductionNetwork network({8, 4, 3, 5}, start, generator);
  for (torch::Tensor parameter : network.Parameters()) parameter.data().normal_(0, 0.3);
  const torch::NoGradGuard no_gradients;
  const torch::Tensor planes = network.Reduce(TorchTensorOf(frames_[0].layers[0]));
  const torch::Tensor restored = network.Restore(planes);
  const Tensor plain_planes = RunConvNetPlain(network.Reducer(), frames_[0].layers[0]);
  const Tensor plain = RunConvNetPlain(network.Restorer(), plain_planes);
  ASSERT_EQ(plain.size(), size_t(restored.numel()));
  const torch::Tensor flat = restored.contiguous();
  for (size_t i = 0; i < plain.size(); ++i) ASSERT_NEAR(plain.values()[i], flat.data_ptr<float>()[i], 1e-3) << i;
}

TEST_F(ReductionTest, LinearTransformOfAllPlanesLosesNothing) {
  for (const TaskWeight weight : {TaskWeight::kNone, TaskWeight::kDiagonal, TaskWeight::kFull, TaskWeight::kBlended}) {
    auto statistics = ChannelStatistics::Create(spec_, *FuseAllLayers(spec_));
    ASSERT_TRUE(statistics.ok());
    for (const FeatureFrame& frame : frames_) ASSERT_TRUE((*statistics)->Add(frame).ok());
    const torch::Tensor root = torch::randn({8, 8}, torch::kFloat64);
    const torch::Tensor gram = root.matmul(root.t()).contiguous();
    LinearReductionConfig config;
    config.weight = weight;
    config.planes = 8;
    const auto fitted = (*statistics)->Fit({gram.data_ptr<double>(), 64}, config);
    ASSERT_TRUE(fitted.ok()) << fitted.error().OneLine();
    EXPECT_TRUE(std::is_sorted(fitted->plane_variance.rbegin(), fitted->plane_variance.rend()));
    const Tensor planes = RunConvNetPlain(fitted->reducer, frames_[0].layers[0]);
    const Tensor restored = RunConvNetPlain(fitted->restorer, planes);
    for (size_t i = 0; i < restored.size(); ++i) {
      ASSERT_NEAR(restored.values()[i], frames_[0].layers[0].values()[i], 1e-3) << int(weight) << ", " << i;
    }
    EXPECT_EQ(fitted->restorer.low[0], 0) << "never negative in the statistics";
  }
}

// A full weight makes what the task does not see small: planes go to the directions of G.
TEST_F(ReductionTest, PlanesFollowTheTask) {
  auto statistics = ChannelStatistics::Create(spec_, *FuseAllLayers(spec_));
  for (const FeatureFrame& frame : frames_) ASSERT_TRUE((*statistics)->Add(frame).ok());
  std::vector<double> gram(64);
  for (size_t i = 0; i < 2; ++i) gram[i * 8 + i] = 1;  // channels 0 and 1 alone matter
  LinearReductionConfig config;
  config.weight = TaskWeight::kFull;
  config.epsilon = 1e-6;
  config.dropped_energy = 1e-3;
  const auto fitted = (*statistics)->Fit(gram, config);
  ASSERT_TRUE(fitted.ok());
  EXPECT_LE(fitted->reducer.outputs(), 2);
  EXPECT_FALSE((*statistics)->Fit({}, config).ok());
  config.planes = 9;
  EXPECT_THAT((*statistics)->Fit(gram, config).error().OneLine(), HasSubstr("more planes than channels"));
}

TEST_F(ReductionTest, TrainingBeatsPrincipalComponentsOnFramesItHasNotSeen) {
  config_.start = ReductionStartKind::kComponents;
  const auto trainer = Trained();
  EXPECT_LT(trainer->best_loss().total, 0.75 * trainer->start_loss().total);
  EXPECT_LT(trainer->best_loss().divergence, 0.8 * trainer->start_loss().divergence);
  EXPECT_TRUE(CheckConvNet(trainer->reducer(), "reducer").ok());
  EXPECT_TRUE(CheckConvNet(trainer->restorer(), "restorer").ok());
  EXPECT_EQ(trainer->reducer().inputs(), 8);
  EXPECT_EQ(trainer->restorer().low[0], 0);
}

TEST_F(ReductionTest, ComponentsOfTheTaskAreABetterStart) {
  config_.steps = 1;
  const double task = Trained()->start_loss().divergence;
  config_.start = ReductionStartKind::kComponents;
  EXPECT_LT(task, 0.7 * Trained()->start_loss().divergence);
}

// Neighbours say something about each other: a fitted kernel of 3x3 restores more than the transposed components.
TEST_F(ReductionTest, LeastSquaresRestoreMore) {
  const torch::Tensor x = torch::avg_pool2d(torch::randn({1, 8, 64, 64}), {3, 3}, {1, 1}, {1, 1});
  const torch::Tensor low = torch::full({8}, -INFINITY);
  ReductionStart start = StartFromComponents({x[0].flatten(1), torch::full({8}, 2.0), low}, {}, 8);
  const auto error = [&] {
    const auto generator = torch::make_generator<at::CPUGeneratorImpl>(uint64_t(1));
    const ReductionNetwork network({8, 8, 1, 4}, start, generator);
    const torch::NoGradGuard no_gradients;
    const torch::Tensor planes = network.Reduce(x);
    return (network.Restore(planes + (torch::rand(planes.sizes()) - 0.5) * 6) - x).square().mean().item<double>();
  };
  const double transposed = error();
  FitDecoder({x}, 6, torch::make_generator<at::CPUGeneratorImpl>(uint64_t(2)), &start);
  EXPECT_LT(error(), 0.7 * transposed);
}

TEST_F(ReductionTest, TheSameWeightsForTheSameSeed) {
  config_.steps = 12;
  const auto first = Trained(), second = Trained();
  EXPECT_EQ(first->reducer(), second->reducer());
  EXPECT_EQ(first->restorer(), second->restorer());
  config_.seed = 2;
  EXPECT_NE(Trained()->restorer(), first->restorer());
}

TEST_F(ReductionTest, MoreLambdaFewerBits) {
  const double rate = Trained()->best_loss().rate;
  config_.lambda = 0.4;
  EXPECT_LT(Trained()->best_loss().rate, 0.9 * rate);
}

TEST_F(ReductionTest, TheCompressibilityLossServesAsRate) {
  config_.rate_model = RateModel::kCompressibility;
  config_.steps = 60;
  const auto trainer = Trained();
  EXPECT_LT(trainer->best_loss().total, trainer->start_loss().total);
}

TEST_F(ReductionTest, RefiningUndoesErrorsOfTheCodec) {
  config_.steps = 60;
  config_.refine_steps = 400;
  const auto trainer = Trained();
  // A codec that shrinks what it rounds.
  const auto decoded = [&](const FeatureFrame& frame) {
    Tensor planes = RunConvNetPlain(trainer->reducer(), frame.layers[0]);
    for (float& value : planes.values()) value = 0.6f * std::round(value);
    return DecodedPlanes{&frame, std::move(planes)};
  };
  DecodedSet training, judges;
  for (const FeatureFrame* frame : training_) training.push_back(decoded(*frame));
  for (const FeatureFrame* frame : held_back_) judges.push_back(decoded(*frame));
  const ConvNet reducer = trainer->reducer();
  const Status status = trainer->Refine({&training, 1}, {&judges, 1}, nullptr);
  ASSERT_TRUE(status.ok()) << status.error().OneLine();
  EXPECT_EQ(trainer->reducer(), reducer);
  EXPECT_LT(trainer->best_loss().total, 0.85 * trainer->start_loss().total);
}

TEST_F(ReductionTest, LayersOfAPyramidFuse) {
  spec_ = TinyModel(folder_, "def forward(self, a, b):\n  return torch.cat([torch.avg_pool2d(a, [2, 2]), b], 1)\n",
                    kTwoLayers, TaskKind::kNone);
  for (size_t n = 0; n < frames_.size(); ++n) frames_[n] = RandomFrame(kTwoLayers, 64, 64, uint32_t(n));
  config_.planes = 4;
  config_.steps = 40;
  config_.learning_rate = 1e-3;
  const auto sources = FuseAllLayers(spec_);
  ASSERT_TRUE(sources.ok());
  EXPECT_EQ((*sources)[0].fold, 2);
  EXPECT_EQ((*sources)[1].fold, 1);
  const auto trainer = Trained();
  EXPECT_EQ(trainer->reducer().inputs(), 11);
  EXPECT_EQ(trainer->restorer().outputs(), 11);
  EXPECT_LT(trainer->best_loss().total, trainer->start_loss().total);
  spec_.layers[0].stride_px = 3;
  EXPECT_FALSE(FuseAllLayers(spec_).ok());
}

TEST_F(ReductionTest, StopsWhenAsked) {
  auto trainer = ReductionTrainer::Create({spec_}, {{0, 1}}, config_);
  ASSERT_TRUE(trainer.ok());
  int steps = 0;
  EXPECT_TRUE((*trainer)->Train(training_, held_back_, [&](const TrainingPoint&) { return ++steps < 5; }).ok());
  EXPECT_EQ(steps, 5);
}

TEST_F(ReductionTest, StopsWithoutProgress) {
  // A rate of learning that only does harm: nothing is better than the first look, and the second half ends at once.
  config_.learning_rate = 50;
  config_.steps = 400;
  config_.patience = 2;
  auto trainer = ReductionTrainer::Create({spec_}, {{0, 1}}, config_);
  ASSERT_TRUE(trainer.ok());
  int steps = 0;
  EXPECT_TRUE((*trainer)->Train(training_, held_back_, [&](const TrainingPoint&) { return ++steps > 0; }).ok());
  EXPECT_GT(steps, 200);
  EXPECT_LT(steps, 400);
  EXPECT_LE((*trainer)->best_loss().total, (*trainer)->start_loss().total) << "the start counts as well";
}

TEST_F(ReductionTest, WhatCannotBeTrainedIsNamed) {
  config_.planes = 9;
  EXPECT_THAT(TrainError(), HasSubstr("more planes than channels"));
  config_.planes = 3;
  training_.clear();
  EXPECT_THAT(TrainError(), HasSubstr("too few frames"));
  training_ = held_back_;
  spec_.layers[0].channels = 7;
  EXPECT_THAT(TrainError(), HasSubstr("another number of channels"));
  spec_ =
      TinyModel(folder_, "def forward(self, a):\n  return torch.argmax(a, 1)\n", kOneLayer, TaskKind::kSegmentation);
  EXPECT_THAT(TrainError(), HasSubstr("Long values"));
  config_.reducer_kernel = 2;
  EXPECT_THAT(TrainError(), HasSubstr("kernel is 1 or 3"));
}

}  // namespace
}  // namespace fsc
