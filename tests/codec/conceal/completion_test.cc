// The methods give the exact answer where their model holds.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "codec/conceal/low_rank.h"
#include "codec/conceal/moments.h"
#include "codec/conceal/row_weights.h"
#include "fsc/concealer.h"
#include "tests/codec/conceal/lossy_tensors.h"

namespace fsc {
namespace {

double LargestError(const Tensor& a, const Tensor& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(double(a.values()[i]) - double(b.values()[i])));
  }
  return largest;
}

Tensor Repair(const std::string& name, const ConcealerOptions& options, const ArrivalMap& map, const Tensor& original) {
  Tensor tensor = original.Clone();
  Damage(map, &tensor);
  const auto concealer = CreateConcealer(name, options);
  EXPECT_TRUE(concealer.ok());
  EXPECT_TRUE((*concealer)->Conceal(map, {}, &tensor).ok());
  return tensor;
}

TEST(Completion, CaltecIsExactOnAffineCopies) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  Tensor tensor(6, 24, 10);
  std::vector<float> plane(240);
  for (float& value : plane) value = uniform(random);
  for (int c = 0; c < 6; ++c) {
    const float slope = c == 3 ? -0.5F : 1 + 0.25F * float(c);
    for (size_t i = 0; i < plane.size(); ++i) tensor.plane(c)[i] = slope * plane[i] + float(c);
  }
  ArrivalMap map(6, 24);  // channels 0 and 5 have the extremes, and what is repaired lies between those
  map.Lose(1, 8, 8);
  map.Lose(3, 0, 8);
  map.Lose(2, 16, 8);
  EXPECT_LT(LargestError(Repair("caltec", {}, map, tensor), tensor), 1e-5);
}

TEST(Completion, AltecIsExactOnRowsOfItsModel) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  Tensor tensor(5, 30, 20);
  for (int c = 0; c < 4; ++c) {
    for (float& value : tensor.plane(c)) value = normal(random);
  }
  for (size_t i = 0; i < tensor.plane(4).size(); ++i) {
    tensor.plane(4)[i] = 0.5F * tensor.plane(0)[i] - 0.25F * tensor.plane(2)[i] + 0.125F * tensor.plane(3)[i];
  }
  CompletionLearner learner;
  ASSERT_TRUE(learner.Add(tensor, false).ok());
  const auto statistics = learner.Finish();
  ASSERT_TRUE(statistics.ok());
  ConcealerOptions options;
  options.statistics = std::make_shared<CompletionStatistics>(*statistics);
  ArrivalMap map(5, 30);
  map.Lose(4, 8, 8);
  EXPECT_LT(LargestError(Repair("altec", options, map, tensor), tensor), 1e-4);
  EXPECT_NEAR(statistics->row_weights[4 * 7 + 0], 0.5, 1e-4);
  EXPECT_NEAR(statistics->row_weights[4 * 7 + 2], -0.25, 1e-4);
  EXPECT_EQ(statistics->row_weights[4 * 7 + 4], 0);
}

TEST(Completion, ShrinkageClampsAtZero) {
  const double values[] = {300, 120, 60, 10, 1};
  EXPECT_EQ(Shrink(values, 67), (std::vector<double>{233, 53, 0, 0, 0}));
  std::vector<double> matrix = {300, 0, 0, 0, 120, 0};  // 2 x 3
  ShrinkSingularValues(67, 2, 3, &matrix);
  EXPECT_NEAR(matrix[0], 233, 1e-9);
  EXPECT_NEAR(matrix[4], 53, 1e-9);
  std::vector<double> tall = {300, 0, 0, 60, 0, 0};  // 3 x 2
  ShrinkSingularValues(67, 3, 2, &tall);
  EXPECT_NEAR(tall[0], 233, 1e-9);
  EXPECT_NEAR(tall[3], 0, 1e-9);
}

TEST(Completion, HaLrtcRecoversLowRank) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  const int size[] = {20, 24, 22};
  std::vector<double> factors[3];
  for (int mode = 0; mode < 3; ++mode) {
    factors[mode].resize(size_t(size[mode]) * 2);
    for (double& value : factors[mode]) value = normal(random);
  }
  double core[8];
  for (double& value : core) value = normal(random);
  Tensor tensor(size[0], size[1], size[2]);
  double power = 0;
  for (int c = 0, i = 0; c < size[0]; ++c) {
    for (int y = 0; y < size[1]; ++y) {
      for (int x = 0; x < size[2]; ++x, ++i) {
        double sum = 0;
        for (int k = 0; k < 8; ++k) {
          sum += core[k] * factors[0][size_t(c * 2 + (k & 1))] * factors[1][size_t(y * 2 + (k >> 1 & 1))] *
                 factors[2][size_t(x * 2 + (k >> 2))];
        }
        tensor.values()[size_t(i)] = float(sum);
        power += sum * sum;
      }
    }
  }
  const ArrivalMap map = RandomMap(size[0], size[1], 1, 0.3, 4);
  ConcealerOptions options;
  options.iterations = 100;
  const Tensor repaired = Repair("halrtc", options, map, tensor);
  double error = 0;
  for (size_t i = 0; i < tensor.size(); ++i) {
    error += std::pow(double(repaired.values()[i]) - double(tensor.values()[i]), 2);
  }
  EXPECT_LT(std::sqrt(error / power), 1e-3);
}

// Within 2 % of the range over a channel, root mean square, with an eighth of its rows lost in a piece.
TEST(Completion, InpaintingFollowsARamp) {
  const auto concealer = CreateConcealer("telea", {});
  if (!concealer.ok()) GTEST_SKIP() << "needs OpenCV: build with -DFSC_WITH_FFMPEG=ON";
  for (const float scale : {0.001F, 1.0F, 1000.0F}) {
    Tensor tensor(3, 32, 40);
    for (int i = 0; i < 32 * 40; ++i) {
      const float down = float(i / 40) / 31;
      const float across = float(i % 40) / 39;
      tensor.plane(0)[size_t(i)] = scale * (down - 0.5F);
      tensor.plane(1)[size_t(i)] = scale * across;
      tensor.plane(2)[size_t(i)] = scale * (down + across) / 2;
    }
    ArrivalMap map(3, 32);
    for (int c = 0; c < 3; ++c) map.Lose(c, 13, 4);
    for (const std::string name : {"navier-stokes", "telea"}) {
      const Tensor repaired = Repair(name, {}, map, tensor);
      for (int c = 0; c < 3; ++c) {
        double error = 0;
        for (size_t i = 0; i < 32 * 40; ++i) {
          error += std::pow((double(repaired.plane(c)[i]) - double(tensor.plane(c)[i])) / double(scale), 2);
        }
        EXPECT_LT(std::sqrt(error / (32 * 40)), 0.02) << name << ", channel " << c << ", " << scale;
      }
    }
  }
}

// Channels that are mixtures of three signals: what arrives of the other channels says all.
TEST(Completion, GaussIsExactOnDataOfLowRank) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  float mix[24][3];
  for (auto& row : mix) {
    for (float& value : row) value = normal(random);
  }
  const auto draw = [&] {
    Tensor tensor(24, 16, 20);
    for (size_t i = 0; i < 320; ++i) {
      const float signal[] = {normal(random), normal(random), normal(random)};
      for (int c = 0; c < 24; ++c) {
        tensor.plane(c)[i] = 1 + mix[c][0] * signal[0] + mix[c][1] * signal[1] + mix[c][2] * signal[2];
      }
    }
    return tensor;
  };
  CompletionLearner learner;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(learner.Add(draw(), false).ok());
  const auto statistics = learner.Finish();
  ASSERT_TRUE(statistics.ok());
  ConcealerOptions options;
  options.statistics = std::make_shared<CompletionStatistics>(*statistics);
  const Tensor tensor = draw();
  const ArrivalMap map = RandomMap(24, 16, 8, 0.3, 6);
  double power = 0;
  for (const float value : tensor.values()) power += (value - 1) * (value - 1);
  for (const std::string name : {"gauss", "gcross"}) {
    const Tensor repaired = Repair(name, options, map, tensor);
    double error = 0;
    for (size_t i = 0; i < tensor.size(); ++i) error += std::pow(repaired.values()[i] - tensor.values()[i], 2);
    EXPECT_LT(std::sqrt(error / (0.3 * power)), 0.02) << name;  // the ridge of 1 % keeps it from nothing
  }
}

TEST(Completion, MomentsAreThoseOfTheCells) {
  Tensor tensor(2, 1, 3);
  const float values[] = {1, 2, 6, 0, 1, 2};
  std::ranges::copy(values, tensor.values().begin());
  const Moments moments = MomentsOf(tensor, {});
  EXPECT_FLOAT_EQ(moments.mean[0], 3);
  EXPECT_FLOAT_EQ(moments.mean[1], 1);
  EXPECT_NEAR(moments.covariance[0], 14.0 / 3, 1e-5);
  EXPECT_NEAR(moments.covariance[1], 5.0 / 3, 1e-5);
  EXPECT_NEAR(moments.covariance[2], 5.0 / 3, 1e-5);
  EXPECT_NEAR(moments.covariance[3], 2.0 / 3, 1e-5);
  const Moments cross = MomentsOf(tensor, {true, &tensor});
  EXPECT_FLOAT_EQ(cross.mean[2], 4.0F / 3);   // left: 1 1 2
  EXPECT_FLOAT_EQ(cross.mean[4], 14.0F / 3);  // right: 2 6 6
  EXPECT_FLOAT_EQ(cross.mean[6], 3);          // above is the cell itself
  EXPECT_FLOAT_EQ(cross.mean[10], 3);         // the reference
  // As one population: {1} and {3} with half each are 2 +- 1.
  Moments blended{{1}, {0}};
  Blend(0.5F, {{3}, {0}}, &blended);
  EXPECT_FLOAT_EQ(blended.mean[0], 2);
  EXPECT_FLOAT_EQ(blended.covariance[0], 1);
}

TEST(CompletionStatistics, SurviveTheirFileAndNothingElseDoes) {
  CompletionParts parts;
  parts.mean_map = true;
  CompletionLearner learner(parts);
  for (int t = 0; t < 3; ++t) ASSERT_TRUE(learner.Add(DriftingTensor(4, 12, 10, t), t > 0).ok());
  const CompletionStatistics statistics = *learner.Finish();
  const std::vector<CompletionStatistics> layers = {statistics, statistics};
  const auto bytes = WriteCompletionStatistics(layers);
  ASSERT_TRUE(bytes.ok());
  const auto read = ReadCompletionStatistics(*bytes, "memory");
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2U);
  const CompletionStatistics& back = (*read)[1];
  EXPECT_EQ(back.mean, statistics.mean);
  EXPECT_EQ(back.covariance, statistics.covariance);
  EXPECT_EQ(back.cross_covariance, statistics.cross_covariance);
  EXPECT_EQ(back.difference, statistics.difference);
  EXPECT_EQ(back.row_weights, statistics.row_weights);
  EXPECT_EQ(back.mean_map, statistics.mean_map);
  EXPECT_EQ(back.width_cells, 10);
  for (size_t size = 0; size < bytes->size(); size += 7) {
    const auto cut = ReadCompletionStatistics(std::span(*bytes).first(size), "memory");
    ASSERT_FALSE(cut.ok());
    EXPECT_EQ(cut.error().kind, ErrorKind::kBadInput);
  }
  std::mt19937 random(9);
  for (int i = 0; i < 300; ++i) {
    std::vector<uint8_t> damaged = *bytes;
    damaged[random() % damaged.size()] ^= uint8_t(1 + random() % 255);
    EXPECT_FALSE(ReadCompletionStatistics(damaged, "memory").ok());
  }
  EXPECT_FALSE(WriteCompletionStatistics({}).ok());
  EXPECT_EQ(CompletionLearner().Finish().error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace fsc
