// One reduction for several backs of one front: which may share, how their losses are weighed, and what training makes
// of it. The weighting's own formula is tested in compressibility_loss_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "codec/profile/conv_net_run.h"
#include "learn/reduction_trainer.h"
#include "learn/shared_front.h"
#include "learn/torch/back_weights.h"
#include "tests/learn/torch/tiny_back.h"

namespace fsc {
namespace {

using testing::HasSubstr;

const std::vector<LayerSpec> kOneLayer = {{"a", 8, 0, 0, 4, 0}};

TEST(SharedFront, OnlyBacksOfTheSameFrontGoTogether) {
  const TemporaryFolder folder;
  ModelSpec a;
  a.json_path = "a.json";
  a.front_path = folder.Save("a.pt", "front");
  a.layers = kOneLayer;
  ModelSpec b = a;
  b.json_path = "b.json";
  b.front_path = folder.Save("copy.pt", "front");
  EXPECT_TRUE(CheckSharedFront(std::vector{a}).ok());
  EXPECT_TRUE(CheckSharedFront(std::vector{a, b}).ok()) << "the same bytes under another name";

  const auto error = [&](const ModelSpec& other) {
    const Status status = CheckSharedFront(std::vector{a, b, other});
    return status.ok() ? "no error" : status.error().OneLine();
  };
  ModelSpec other = b;
  other.json_path = "c.json";
  other.front_path = folder.Save("other.pt", "another front");
  EXPECT_THAT(error(other), HasSubstr("another front than a.json"));
  EXPECT_THAT(error(other), HasSubstr("c.json"));
  other = b;
  other.layers[0].stride_px = 8;
  EXPECT_THAT(error(other), HasSubstr("other layers"));
  other = b;
  other.input.mean[1] = 0.5f;
  EXPECT_THAT(error(other), HasSubstr("another input"));
  other.front_path = folder.File("missing.pt");
  EXPECT_THAT(error(other), HasSubstr("missing.pt"));
}

// L = sum w_i L_i + w_r L_r + log sqrt(1 / w_1) + log sqrt(1 / (2 w_2)) + log sqrt(1 / (2 w_r)), over w_1 + w_2.
TEST(BackWeights, IsThePapersSumAndStartsStationary) {
  const std::vector<double> start = {0.2, 0.05, 0.8};
  const BackWeights weights({TaskKind::kSegmentation, TaskKind::kNone}, std::nullopt, start);
  const std::vector<double> w = weights.Weights();
  ASSERT_EQ(w.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(w[i] * start[i], 0.5, 1e-12) << i;
  const torch::Tensor a = torch::tensor(0.3), b = torch::tensor(0.1), rate = torch::tensor(0.6);
  const double expected = w[0] * 0.3 + w[1] * 0.1 + w[2] * 0.6 + std::log(std::sqrt(1 / w[0])) +
                          std::log(std::sqrt(1 / (2 * w[1]))) + std::log(std::sqrt(1 / (2 * w[2])));
  EXPECT_NEAR(weights.Objective({a, b}, rate).item<double>(), expected / (w[0] + w[1]), 1e-6);

  weights.Objective({torch::tensor(0.2), torch::tensor(0.05)}, torch::tensor(0.8)).backward();
  EXPECT_LT(weights.log_weights().grad().abs().max().item<double>(), 1e-7) << "dL/dw = L - 1 / (2 w) = 0";
}

// What is left of the sum at the best weights: 1/2 + log sqrt(2 L) each, so its order is that of the geometric mean.
TEST(BackWeights, TheScoreOrdersAsTheSumAtItsBestWeights) {
  const BackWeights weights({TaskKind::kSegmentation, TaskKind::kSegmentation}, std::nullopt, {1, 1, 1});
  const auto at_best = [](double a, double b, double rate) {
    double sum = 0;
    for (const double loss : {a, b, rate}) sum += 0.5 + std::log(std::sqrt(2 * loss));
    return sum;
  };
  EXPECT_NEAR(weights.Score({0.1, 0.2}, 0.4), std::cbrt(0.1 * 0.2 * 0.4), 1e-12);
  EXPECT_EQ(weights.Score({0.1, 0.2}, 0.4) < weights.Score({0.3, 0.1}, 0.3),
            at_best(0.1, 0.2, 0.4) < at_best(0.3, 0.1, 0.3));
}

// Two backs that say the same are one back: lambda means what it means there.
TEST(BackWeights, WithLambdaTwoEqualBacksAreOne) {
  const BackWeights weights({TaskKind::kSegmentation, TaskKind::kSegmentation}, 0.3, {0.2, 0.2});
  const torch::Tensor loss = torch::tensor(0.2).requires_grad_(true), rate = torch::tensor(0.5).requires_grad_(true);
  weights.Objective({loss, loss}, rate).backward();
  EXPECT_NEAR(loss.grad().item<double>(), 1, 1e-6);
  EXPECT_NEAR(rate.grad().item<double>(), 0.3, 1e-6);
  EXPECT_NEAR(weights.Score({0.2, 0.2}, 0.5), 0.2 + 0.3 * 0.5, 1e-12);
  EXPECT_THROW(BackWeights({TaskKind::kNone}, std::nullopt, {1}), c10::Error) << "the rate needs a start";
}

// Two backs that listen to channels 0..2 and 3..5.
class SeveralBacksTest : public testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(1);
    const auto model = [&](const TemporaryFolder& folder, int first) {
      return TinyModel(folder,
                       "def forward(self, a):\n"
                       "  b = torch.relu(torch.conv2d(a.narrow(1, " +
                           std::to_string(first) +
                           ", 3), self.w, None, [1, 1], [1, 1]))\n"
                           "  return torch.cat([b, 0.5 * torch.ones_like(b)], 1)\n",
                       kOneLayer, TaskKind::kSegmentation, torch::randn({1, 3, 3, 3}));
    };
    specs_ = {model(first_folder_, 0), model(second_folder_, 3)};
    for (uint32_t n = 0; n < 8; ++n) frames_.push_back(RandomFrame(kOneLayer, 64, 64, n, true));
    for (size_t n = 0; n < 8; ++n) (n < 6 ? training_ : held_back_).push_back(&frames_[n]);
    config_.planes = 3;
    config_.branch_width = 4;
    config_.steps = 250;
    config_.crop_px = 48;
    config_.learning_rate = 1e-2;
  }

  std::unique_ptr<ReductionTrainer> Trained(const std::vector<ModelSpec>& specs,
                                            const TrainingProgress& progress = {}) {
    auto trainer = ReductionTrainer::Create(specs, {{0, 1}}, config_);
    EXPECT_TRUE(trainer.ok()) << trainer.error().OneLine();
    const Status status = (*trainer)->Train(training_, held_back_, progress);
    EXPECT_TRUE(status.ok()) << status.error().OneLine();
    return std::move(*trainer);
  }

  // Loss of the second back on held-back frames, of a trained network.
  double SecondDivergence(const ReductionTrainer& trainer) {
    double sum = 0;
    auto model = torch::jit::load(specs_[1].back_path);
    for (const FeatureFrame* frame : held_back_) {
      const Tensor restored = RunConvNetPlain(trainer.restorer(), RunConvNetPlain(trainer.reducer(), frame->layers[0]));
      const auto run = [&](const Tensor& x) {
        return model
            .forward({torch::from_blob(const_cast<float*>(x.values().data()),
                                       {1, x.channels(), x.height_cells(), x.width_cells()})
                          .clone()})
            .toTensor();
      };
      const torch::Tensor p = torch::softmax(run(frame->layers[0]), 1), q = torch::softmax(run(restored), 1);
      sum += (p * (p / q).log()).sum(1).mean().item<double>();
    }
    return sum / double(held_back_.size());
  }

  TemporaryFolder first_folder_, second_folder_;
  std::vector<ModelSpec> specs_;
  std::vector<FeatureFrame> frames_;
  std::vector<const FeatureFrame*> training_, held_back_;
  ReductionConfig config_;
};

TEST_F(SeveralBacksTest, BothBacksAreServed) {
  std::vector<double> weights;
  const auto both = Trained(specs_, [&](const TrainingPoint& point) {
    weights = point.loss.weights;
    return true;
  });
  ASSERT_EQ(both->best_loss().backs.size(), 2u);
  EXPECT_LT(both->best_loss().total, 0.9 * both->start_loss().total);
  ASSERT_EQ(weights.size(), 3u) << "two backs and the rate";
  for (const double weight : weights) EXPECT_GT(weight, 0);
  EXPECT_NE(weights[0], 0.5 / both->start_loss().backs[0]) << "weights are trained";
  const auto first = Trained({specs_[0]});
  EXPECT_LT(SecondDivergence(*both), 0.7 * SecondDivergence(*first))
      << "a profile for the first back forgets the second";
}

TEST_F(SeveralBacksTest, LambdaStillTradesRate) {
  config_.rate_weight = RateWeight::kLambda;
  config_.steps = 150;
  config_.lambda = 0.01;
  const double rate = Trained(specs_)->best_loss().rate;
  config_.lambda = 0.5;
  EXPECT_LT(Trained(specs_)->best_loss().rate, 0.9 * rate);
}

TEST_F(SeveralBacksTest, ABackThatCannotBeTrainedIsNamed) {
  const TemporaryFolder folder;
  specs_[1] =
      TinyModel(folder, "def forward(self, a):\n  return torch.argmax(a, 1)\n", kOneLayer, TaskKind::kSegmentation);
  auto trainer = ReductionTrainer::Create(specs_, {{0, 1}}, config_);
  ASSERT_TRUE(trainer.ok());
  const Status status = (*trainer)->Train(training_, held_back_, {});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().OneLine(), HasSubstr("Long values"));
  EXPECT_THAT(status.error().OneLine(), HasSubstr(specs_[1].back_path));
  EXPECT_FALSE(ReductionTrainer::Create(std::vector<ModelSpec>(), {{0, 1}}, config_).ok());
}

}  // namespace
}  // namespace fsc
