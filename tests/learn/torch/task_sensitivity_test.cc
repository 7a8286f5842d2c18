// What the back listens to: gradients against finite differences, G of backs where it is known, and backs that have
// none.
#include "learn/task_sensitivity.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "learn/torch/gradient_back.h"
#include "learn/torch/task_loss.h"
#include "tests/learn/torch/tiny_back.h"

namespace fsc {
namespace {

using testing::HasSubstr;

const std::vector<LayerSpec> kOneLayer = {{"a", 3, 0, 0, 4, 0}};
const std::vector<LayerSpec> kTwoLayers = {{"fine", 2, 0, 0, 2, 0}, {"coarse", 3, 0, 0, 4, 0}};

InputGeometry Geometry(int height_px, int width_px) {
  InputGeometry geometry;
  geometry.input_height_px = geometry.picture_height_px = height_px;
  geometry.input_width_px = geometry.picture_width_px = width_px;
  return geometry;
}

class TaskSensitivityTest : public testing::Test {
 protected:
  ModelSpec Model(const std::string& forward, const std::vector<LayerSpec>& layers, TaskKind kind,
                  const torch::Tensor& weights = {}) {
    return TinyModel(folder_, forward, layers, kind, weights);
  }

  static std::vector<double> GramOf(const ModelSpec& spec, const FeatureFrame& frame, const SensitivityConfig& config) {
    const auto sources = FuseAllLayers(spec);
    EXPECT_TRUE(sources.ok());
    auto meter = SensitivityMeter::Create(spec, *sources, config);
    EXPECT_TRUE(meter.ok()) << meter.error().OneLine();
    const Status added = (*meter)->Add(frame, Geometry(16, 16));
    EXPECT_TRUE(added.ok()) << added.error().OneLine();
    const auto gram = (*meter)->Gram();
    EXPECT_TRUE(gram.ok()) << gram.error().OneLine();
    return gram.ok() ? *gram : std::vector<double>();
  }

  std::string ErrorOf(const ModelSpec& spec) {
    const auto sources = FuseAllLayers(spec);
    auto meter = SensitivityMeter::Create(spec, *sources, {});
    if (!meter.ok()) return meter.error().OneLine();
    const Status added = (*meter)->Add(RandomFrame(spec.layers, 16, 16, 1), Geometry(16, 16));
    if (!added.ok()) return added.error().OneLine();
    const auto gram = (*meter)->Gram();
    return gram.ok() ? "no error" : gram.error().OneLine();
  }

  TemporaryFolder folder_;
};

TEST_F(TaskSensitivityTest, GradientsAreThoseOfFiniteDifferences) {
  const ModelSpec spec = Model(
      "def forward(self, a, b):\n"
      "  c = torch.avg_pool2d(torch.tanh(a), [2, 2])\n"
      "  d = torch.sigmoid(torch.cat([c, b * b], 1))\n"
      "  return torch.mean(torch.conv2d(d, self.w), [2, 3])\n",
      kTwoLayers, TaskKind::kNone, torch::randn({4, 5, 1, 1}));
  const auto back = GradientBack::Load(spec);
  ASSERT_TRUE(back.ok()) << back.error().OneLine();
  const FeatureFrame frame = RandomFrame(kTwoLayers, 8, 8, 5);
  const std::vector<torch::Tensor> layers = {TorchTensorOf(frame.layers[0]), TorchTensorOf(frame.layers[1])};
  const torch::Tensor u = torch::randn({1, 4});
  const auto gradients = (*back)->Gradients(layers, 8, 8, [&](const torch::Tensor&) { return u; });
  ASSERT_TRUE(gradients.ok()) << gradients.error().OneLine();
  const auto value = [&](const std::vector<torch::Tensor>& at) {
    const auto output = (*back)->Run(at, 8, 8);
    EXPECT_TRUE(output.ok());
    return (output->to(torch::kFloat64) * u.to(torch::kFloat64)).sum().item<double>();
  };
  for (size_t layer = 0; layer < 2; ++layer) {
    for (const int64_t index : {0, 3, 7, 11}) {
      constexpr float kStep = 1e-2f;
      std::vector<torch::Tensor> up = {layers[0].clone(), layers[1].clone()},
                                 down = {layers[0].clone(), layers[1].clone()};
      up[layer].flatten()[index] += kStep;
      down[layer].flatten()[index] -= kStep;
      const double difference = (value(up) - value(down)) / (2 * kStep);
      EXPECT_NEAR((*gradients)[layer].flatten()[index].item<double>(), difference, 2e-4) << layer << ", " << index;
    }
  }
}

// out = W x at every cell: g = W^T u, G = W^T W.
TEST_F(TaskSensitivityTest, LinearBackInClosedForm) {
  const torch::Tensor w = torch::tensor({{1.f, 2.f, 0.f}, {0.f, 1.f, -1.f}});
  const ModelSpec spec = Model("def forward(self, a):\n  return torch.conv2d(a, self.w)\n", kOneLayer, TaskKind::kNone,
                               w.reshape({2, 3, 1, 1}));
  SensitivityConfig config;
  config.probes = 500;
  const std::vector<double> gram = GramOf(spec, RandomFrame(kOneLayer, 64, 64, 1), config);
  ASSERT_EQ(gram.size(), 9u);
  const torch::Tensor expected = w.t().matmul(w);
  for (int i = 0; i < 9; ++i) EXPECT_NEAR(gram[size_t(i)], expected.flatten()[i].item<double>(), 0.06) << i;
}

// Two strides: the fine layer is folded to four times its channels, each with a quarter of the weight of its mean.
TEST_F(TaskSensitivityTest, FoldedLayersTakePartTogether) {
  const ModelSpec spec =
      Model("def forward(self, a, b):\n  return torch.cat([torch.avg_pool2d(a, [2, 2]), 3 * b], 1)\n", kTwoLayers,
            TaskKind::kNone);
  SensitivityConfig config;
  config.probes = 300;
  const std::vector<double> gram = GramOf(spec, RandomFrame(kTwoLayers, 64, 64, 1), config);
  ASSERT_EQ(gram.size(), 121u);  // 2 * 4 + 3 channels
  EXPECT_NEAR(gram[0], 1.0 / 16, 4e-3);
  EXPECT_NEAR(gram[2], 1.0 / 16, 4e-3) << "the same channel, the next cell of the block";
  EXPECT_NEAR(gram[1], 0, 4e-3) << "another channel";
  EXPECT_NEAR(gram[10 * 11 + 10], 9, 0.4);
}

// The measure is the second order of the divergence: D(x, x + e) = e^T G e / 2.
TEST_F(TaskSensitivityTest, DivergenceOfClassesToSecondOrder) {
  const torch::Tensor w = torch::randn({5, 3});
  const ModelSpec spec = Model("def forward(self, a):\n  return torch.mean(torch.conv2d(a, self.w), [2, 3])\n",
                               kOneLayer, TaskKind::kClassification, w.reshape({5, 3, 1, 1}));
  const FeatureFrame frame = RandomFrame(kOneLayer, 4, 4, 3);  // one cell
  SensitivityConfig config;
  config.probes = 4000;
  const std::vector<double> gram = GramOf(spec, frame, config);
  ASSERT_EQ(gram.size(), 9u);
  const torch::Tensor x = TorchTensorOf(frame.layers[0]).flatten();
  const torch::Tensor e = torch::tensor({0.03f, -0.02f, 0.04f});
  const torch::Tensor p = w.matmul(x).unsqueeze(0).to(torch::kFloat64);
  const torch::Tensor q = w.matmul(x + e).unsqueeze(0).to(torch::kFloat64);
  double half = 0;
  for (int i = 0; i < 9; ++i) half += 0.5 * gram[size_t(i)] * e[i / 3].item<double>() * e[i % 3].item<double>();
  const double divergence = TaskDivergence(TaskKind::kClassification, p, q).item<double>();
  EXPECT_GT(divergence, 1e-6);
  EXPECT_NEAR(half, divergence, 0.15 * divergence);
}

TEST_F(TaskSensitivityTest, DivergenceOfBoxesToSecondOrder) {
  auto generator = at::detail::createCPUGenerator(1);
  torch::Tensor boxes =
      torch::tensor({{20.f, 30.f, 40.f, 80.f, 0.8f, 0.6f, 0.1f}, {9.f, 9.f, 8.f, 8.f, 0.02f, 0.4f, 0.5f}}).unsqueeze(0);
  const torch::Tensor e =
      1e-2 * torch::tensor({{40.f, -30.f, 20.f, 50.f, 0.4f, -0.5f, 0.2f}, {1.f, 2.f, 1.f, 0.f, 0.02f, 0.3f, 0.2f}})
                 .unsqueeze(0);
  double square = 0;
  constexpr int kProbes = 4000;
  for (int n = 0; n < kProbes; ++n) {
    const double s = (RandomTaskProbe(TaskKind::kDetection, boxes, generator) * e).sum().item<double>();
    square += s * s / kProbes;
  }
  // The loss is the sum over anchors divided by the objects seen; the probe has the sum itself.
  const double divisor = 0.82 + 0.02;
  const double divergence =
      divisor *
      TaskDivergence(TaskKind::kDetection, boxes.to(torch::kFloat64), (boxes + e).to(torch::kFloat64)).item<double>();
  EXPECT_GT(divergence, 1e-4);
  EXPECT_NEAR(square / 2, divergence, 0.1 * divergence);
}

TEST_F(TaskSensitivityTest, DivergenceIsZeroForTheSameOutputOnly) {
  const torch::Tensor a = torch::randn({2, 4, 3, 3}), b = torch::randn({2, 4, 3, 3});
  for (const TaskKind kind : {TaskKind::kSegmentation, TaskKind::kNone}) {
    EXPECT_NEAR(TaskDivergence(kind, a, a).item<double>(), 0, 1e-7);
    EXPECT_GT(TaskDivergence(kind, a, b).item<double>(), 0.01);
  }
  EXPECT_NEAR(TaskDivergence(TaskKind::kSegmentation, a, a + 5).item<double>(), 0, 1e-6) << "classes did not change";
}

TEST_F(TaskSensitivityTest, TheSameForTheSameSeed) {
  const ModelSpec spec = Model("def forward(self, a):\n  return torch.tanh(a)\n", kOneLayer, TaskKind::kNone);
  const FeatureFrame frame = RandomFrame(kOneLayer, 16, 16, 1);
  SensitivityConfig config, other;
  other.seed = 2;
  EXPECT_EQ(GramOf(spec, frame, config), GramOf(spec, frame, config));
  EXPECT_NE(GramOf(spec, frame, config), GramOf(spec, frame, other));
}

TEST_F(TaskSensitivityTest, BacksWithoutGradientsAreNamed) {
  const auto error = [&](const std::string& body) {
    return ErrorOf(Model("def forward(self, a):\n  " + body + "\n", kOneLayer, TaskKind::kNone));
  };
  EXPECT_THAT(error("return torch.argmax(a, 1)"), HasSubstr("the back returns Long values"));
  EXPECT_THAT(error("return torch.gt(a, 0) * 1.0"), HasSubstr("cannot be differentiated"));
  EXPECT_THAT(error("return torch.round(a)"), HasSubstr("no gradient reaches layer \"a\": all are zero"));
  EXPECT_THAT(error("return a, a"), HasSubstr("something else than one tensor"));
  EXPECT_THAT(error("return torch.conv2d(a, torch.ones([2, 9, 1, 1]))"), HasSubstr("the back failed"));
  EXPECT_THAT(ErrorOf(Model("def forward(self, a, b):\n  return 2 * b\n", kTwoLayers, TaskKind::kNone)),
              HasSubstr("no gradient reaches layer \"fine\""));
  ModelSpec headless = Model("def forward(self, a):\n  return a\n", kOneLayer, TaskKind::kNone);
  headless.back_path.clear();
  EXPECT_THAT(ErrorOf(headless), HasSubstr("the model has no back"));
  headless.back_path = folder_.File("missing.pt");
  EXPECT_THAT(ErrorOf(headless), HasSubstr("cannot read the back"));
  headless.back_path = folder_.Save("noise.pt", "this is no TorchScript");
  EXPECT_THAT(ErrorOf(headless), HasSubstr("is not a TorchScript file"));
}

TEST_F(TaskSensitivityTest, FramesOfAnotherModelAreRefused) {
  const ModelSpec spec = Model("def forward(self, a):\n  return a\n", kOneLayer, TaskKind::kNone);
  auto meter = SensitivityMeter::Create(spec, *FuseAllLayers(spec), {});
  ASSERT_TRUE(meter.ok());
  EXPECT_FALSE((*meter)->Gram().ok());
  EXPECT_FALSE((*meter)->Add(RandomFrame(kTwoLayers, 16, 16, 1), Geometry(16, 16)).ok());
  EXPECT_FALSE((*meter)->Add(RandomFrame({{"a", 4, 0, 0, 4, 0}}, 16, 16, 1), Geometry(16, 16)).ok());
}

}  // namespace
}  // namespace fsc
