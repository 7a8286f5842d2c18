// The fit of output tables: what it is worth on pairs with a known relation.
#include "codec/latent_output.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace fsc {
namespace {

// Values of a sparse layer after a ReLU, and what quantisation noise makes of them.
struct Pairs {
  std::vector<float> original;
  std::vector<float> decoded;
};

Pairs SparsePairs(int count) {
  std::mt19937 random(1);
  Pairs pairs;
  for (int i = 0; i < count; ++i) {
    // Half of the values lie at the bound and come back exactly, as channels that are always zero do.
    const bool dead = random() % 2 == 0;
    const float original = dead ? 0.0f : std::max(0.0f, float(random() % 2000) / 1000 - 1);
    const float noise = dead ? 0.0f : (float(random() % 1000) / 1000 - 0.5f) * 0.8f;
    pairs.original.push_back(original);
    pairs.decoded.push_back(original + noise);
  }
  return pairs;
}

double MeanError(const std::vector<float>& decoded, const std::vector<float>& original) {
  double sum = 0;
  for (size_t i = 0; i < decoded.size(); ++i) sum += double{decoded[i]} - original[i];
  return sum / double(decoded.size());
}

double SquaredError(const std::vector<float>& decoded, const std::vector<float>& original) {
  double sum = 0;
  for (size_t i = 0; i < decoded.size(); ++i) sum += std::pow(double{decoded[i]} - original[i], 2);
  return sum / double(decoded.size());
}

// A table that is fitted to the nearest centres, and then interpolated, shifts the mean where values crowd at the bend.
TEST(OutputTableFit, KeepsTheMeanAndLowersTheError) {
  const Pairs pairs = SparsePairs(20000);
  for (const float width : {0.1f, 0.2f, 0.4f}) {
    OutputTableFit fit(0, width);
    fit.Add(pairs.decoded, pairs.original);
    std::vector<float> corrected = pairs.decoded;
    fit.Table(-1e30f).Apply(corrected);
    EXPECT_LT(std::fabs(MeanError(corrected, pairs.original)), width / 100) << width;
    EXPECT_LT(SquaredError(corrected, pairs.original), 0.9 * SquaredError(pairs.decoded, pairs.original)) << width;
  }
}

TEST(OutputTableFit, SaysNothingWhereNothingIsWrong) {
  const Pairs pairs = SparsePairs(20000);
  OutputTableFit fit(0, 0.1f);
  EXPECT_TRUE(fit.Table(0).corrections.empty());
  fit.Add(pairs.original, pairs.original);
  EXPECT_TRUE(fit.Table(0).corrections.empty());
}

TEST(OutputTableFit, FewPairsProveLittle) {
  OutputTableFit few(0, 1);
  few.Add(std::vector<float>(1, 4.0f), std::vector<float>(1, 5.0f));
  OutputTableFit many(0, 1);
  many.Add(std::vector<float>(2000, 4.0f), std::vector<float>(2000, 5.0f));
  std::vector<float> after_few = {4};
  std::vector<float> after_many = {4};
  few.Table(0).Apply(after_few);
  many.Table(0).Apply(after_many);
  EXPECT_LT(after_few[0], 4.1f);
  EXPECT_NEAR(after_many[0], 5, 1.0 / 32);
}

TEST(OutputTableFit, OldPairsCountHalf) {
  OutputTableFit fit(0, 1);
  fit.Add(std::vector<float>(20000, 4.0f), std::vector<float>(20000, 5.0f));
  fit.Decay();
  fit.Add(std::vector<float>(20000, 4.0f), std::vector<float>(20000, 3.5f));
  std::vector<float> values = {4};
  fit.Table(0).Apply(values);
  EXPECT_NEAR(values[0], 4.0f + (0.5f * 1.0f + 1.0f * -0.5f) / 1.5f, 1.0 / 32);
}

}  // namespace
}  // namespace fsc
