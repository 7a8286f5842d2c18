// The compressibility loss against sums written out by hand in double precision, and the weighting of several losses.
#include "learn/torch/compressibility_loss.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace fsc {
namespace {

// The paper's formula element by element: the differences, then the DCT as a double sum for each coefficient.
double NaiveLoss(const torch::Tensor& features) {
  const auto values = features.to(torch::kFloat64).contiguous();
  const int64_t planes = values.size(0) * values.size(1), height = values.size(2), width = values.size(3);
  const auto basis = [](int64_t frequency, int64_t place, int64_t size) {
    const double scale = std::sqrt((frequency == 0 ? 1.0 : 2.0) / double(size));
    return scale * std::cos(M_PI * double((2 * place + 1) * frequency) / (2.0 * double(size)));
  };
  double sum = 0;
  for (int64_t plane = 0; plane < planes; ++plane) {
    const double* f = values.data_ptr<double>() + plane * height * width;
    std::vector<double> z;
    for (int64_t r = 0; r < height; ++r) {
      for (int64_t j = 0; j < width; ++j) {
        const double here = f[r * width + j];
        const double left = j == 0 ? 0.0 : f[r * width + j - 1];
        const double above = r == 0 ? 0.0 : f[(r - 1) * width + j];
        z.push_back(0.5 * ((here - left) + (here - above)));
      }
    }
    for (int64_t u = 0; u < height; ++u) {
      for (int64_t v = 0; v < width; ++v) {
        double coefficient = 0;
        for (int64_t r = 0; r < height; ++r) {
          for (int64_t j = 0; j < width; ++j) {
            coefficient += basis(u, r, height) * basis(v, j, width) * z[size_t(r * width + j)];
          }
        }
        sum += std::abs(coefficient);
      }
    }
  }
  return sum / double(planes * height * width);
}

TEST(CompressibilityLoss, EqualsTheFormulaWrittenOut) {
  torch::manual_seed(1);
  const auto features = torch::randn({2, 8, 16, 32});
  const double expected = NaiveLoss(features);
  EXPECT_NEAR(CompressibilityLoss(features).item<double>() / expected, 1.0, 1e-5);
  EXPECT_NEAR(CompressibilityLoss(features.to(torch::kFloat64)).item<double>() / expected, 1.0, 1e-12);
  EXPECT_NEAR(CompressibilityLoss(features[1]).item<double>() / NaiveLoss(features.slice(0, 1)), 1.0, 1e-5);
  const auto column = torch::randn({1, 3, 5, 1});
  EXPECT_NEAR(CompressibilityLoss(column).item<double>() / NaiveLoss(column), 1.0, 1e-5);
}

TEST(CompressibilityLoss, IsLinearInTheScale) {
  torch::manual_seed(2);
  const auto features = torch::randn({1, 4, 12, 10});
  const double loss = CompressibilityLoss(features).item<double>();
  EXPECT_GT(loss, 0);
  EXPECT_EQ(CompressibilityLoss(torch::zeros({1, 4, 12, 10})).item<double>(), 0.0);
  for (const double factor : {-3.0, 0.25}) {
    EXPECT_NEAR(CompressibilityLoss(factor * features).item<double>(), std::abs(factor) * loss, 1e-5 * loss);
  }
}

// Of a constant channel the differences leave c at the corner and c/2 along the first row and column, and no more.
TEST(CompressibilityLoss, KeepsTheBordersOfAConstantChannel) {
  const double c = 3.0;
  const int64_t height = 6, width = 9;
  auto z = torch::zeros({height, width}, torch::kFloat64);
  z.select(0, 0).fill_(c / 2);
  z.select(1, 0).fill_(c / 2);
  z.index_put_({0, 0}, c);
  const auto spectrum = torch::matmul(torch::matmul(DctMatrix(height), z), DctMatrix(width).t());
  const auto constant = torch::full({1, 1, height, width}, c, torch::kFloat64);
  EXPECT_NEAR(CompressibilityLoss(constant).item<double>(), spectrum.abs().mean().item<double>(), 1e-12);
}

TEST(CompressibilityLoss, PrefersSmoothFeaturesOfEqualEnergy) {
  torch::manual_seed(3);
  const auto rough = torch::randn({1, 1, 32, 32}, torch::kFloat64);
  auto smooth = torch::avg_pool2d(rough, 9, 1, 4);
  smooth = smooth * (rough.norm() / smooth.norm());
  EXPECT_LT(CompressibilityLoss(smooth).item<double>(), 0.5 * CompressibilityLoss(rough).item<double>());
}

TEST(CompressibilityLoss, TheDctIsOrthonormal) {
  for (const int64_t size : {1, 2, 7, 24, 64}) {
    const auto matrix = DctMatrix(size);
    const auto product = torch::matmul(matrix, matrix.t()) - torch::eye(size, torch::kFloat64);
    EXPECT_LT(product.abs().max().item<double>(), 1e-12) << size;
    EXPECT_NEAR(matrix[0][size - 1].item<double>(), std::sqrt(1.0 / double(size)), 1e-12) << size;
  }
}

TEST(CompressibilityLoss, GradientIsTheSlope) {
  torch::manual_seed(4);
  auto features = torch::randn({1, 2, 5, 4}, torch::kFloat64).set_requires_grad(true);
  CompressibilityLoss(features).backward();
  const auto gradient = features.grad().flatten();
  const double step = 1e-6;
  for (int64_t n = 0; n < features.numel(); ++n) {
    const auto moved = [&](double by) {
      auto copy = features.detach().clone();
      copy.view(-1)[n] += by;
      return CompressibilityLoss(copy).item<double>();
    };
    EXPECT_NEAR(gradient[n].item<double>(), (moved(step) - moved(-step)) / (2 * step), 1e-8) << n;
  }
  auto zero = torch::zeros({1, 1, 4, 4}).set_requires_grad(true);
  CompressibilityLoss(zero).backward();
  EXPECT_EQ(zero.grad().abs().max().item<float>(), 0.0f);
}

TEST(CompressibilityLoss, RefusesWhatIsNoFeatureTensor) {
  EXPECT_THROW(CompressibilityLoss(torch::zeros({4, 4})), c10::Error);
  EXPECT_THROW(CompressibilityLoss(torch::zeros({1, 0, 4, 4})), c10::Error);
}

TEST(MultiTaskLoss, IsKendallsFormula) {
  const MultiTaskLoss loss({{MultiTaskLoss::Kind::kClassification, 2.0}, {MultiTaskLoss::Kind::kError, 0.3}});
  const double expected = 2.0 * 0.7 + std::log(std::sqrt(1 / 2.0)) + 0.3 * 5.0 + std::log(std::sqrt(1 / (2 * 0.3)));
  EXPECT_NEAR(loss.Combine({torch::tensor(0.7), torch::tensor(5.0)}).item<double>(), expected, 1e-6);
  EXPECT_NEAR(loss.Weights()[1], 0.3, 1e-12);
  EXPECT_THROW(loss.Combine({torch::tensor(0.7)}), c10::Error);
  EXPECT_THROW(MultiTaskLoss({{MultiTaskLoss::Kind::kError, 0.0}}), c10::Error);
}

TEST(MultiTaskLoss, WeightsSettleWhereWeightTimesLossIsHalf) {
  const MultiTaskLoss loss({{MultiTaskLoss::Kind::kClassification, 1.0},
                            {MultiTaskLoss::Kind::kError, 1.0},
                            {MultiTaskLoss::Kind::kError, 5.0}});
  const std::vector<double> values = {0.8, 12.0, 0.01};
  torch::optim::Adam optimizer({loss.log_weights()}, torch::optim::AdamOptions(0.05));
  for (int step = 0; step < 1000; ++step) {
    optimizer.zero_grad();
    loss.Combine({torch::tensor(values[0]), torch::tensor(values[1]), torch::tensor(values[2])}).backward();
    optimizer.step();
  }
  for (size_t n = 0; n < values.size(); ++n) EXPECT_NEAR(loss.Weights()[n] * values[n], 0.5, 1e-3) << n;
}

}  // namespace
}  // namespace fsc
