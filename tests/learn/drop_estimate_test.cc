// What is promised of the drop: against the jackknife's formula written out, and against chances that are known.
#include "learn/drop_estimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace fsc {
namespace {

TaskResult Boxes() {
  TaskResult result;
  result.kind = TaskKind::kDetection;
  return result;
}

TaskResult Classes(std::vector<float> logits) {
  TaskResult result;
  result.kind = TaskKind::kClassification;
  std::vector<int> order = {0, 1, 2};
  std::sort(order.begin(), order.end(), [&](int a, int b) { return logits[size_t(a)] > logits[size_t(b)]; });
  result.top_labels = order;
  result.raw = std::move(logits);
  return result;
}

TEST(DropEstimate, CountsPlusTheJackknifesStandardError) {
  const std::vector<std::pair<double, double>> frames = {{9, 10}, {20, 20}, {3, 5}, {8, 8}, {11, 12}};
  DropEstimate estimate;
  EXPECT_EQ(estimate.UpperPercent(), 0);
  double agreed = 0, compared = 0;
  int group = 0;
  for (const auto& [a, c] : frames) {
    estimate.Add(group++, Boxes(), Boxes(), a, c);
    agreed += a;
    compared += c;
  }
  std::vector<double> without;
  double mean = 0;
  for (const auto& [a, c] : frames) {
    without.push_back(1 - (agreed - a) / (compared - c));
    mean += without.back() / double(frames.size());
  }
  double sum = 0;
  for (const double value : without) sum += (value - mean) * (value - mean);
  const double error = std::sqrt(sum * 4 / 5);
  EXPECT_NEAR(estimate.UpperPercent(), 100 * (1 - agreed / compared + 1 / compared + error), 1e-9);
}

// A frozen clip: copies say no more than one of them, however many there are.
TEST(DropEstimate, FramesThatAreAlikeCountAsOne) {
  DropEstimate copies, once;
  for (int i = 0; i < 50; ++i) copies.Add(0, Boxes(), Boxes(), 10, 10);
  copies.Add(1, Boxes(), Boxes(), 5, 10);
  once.Add(0, Boxes(), Boxes(), 10, 10);
  once.Add(1, Boxes(), Boxes(), 5, 10);
  EXPECT_NEAR(copies.UpperPercent(), once.UpperPercent(), 1e-9);
  EXPECT_GT(copies.UpperPercent(), 25 + 5);

  DropEstimate safe_copies, unsafe;
  for (int i = 0; i < 50; ++i) safe_copies.Add(0, Classes({9, 0, float(-i)}), Classes({8, 1, float(-i)}), 1, 1);
  safe_copies.Add(1, Classes({2, 1.5, 0}), Classes({1, 2, 0}), 0, 1);
  unsafe.Add(0, Classes({9, 0, 0}), Classes({8, 1, 0}), 1, 1);
  unsafe.Add(1, Classes({2, 1.5, 0}), Classes({1, 2, 0}), 0, 1);
  EXPECT_NEAR(safe_copies.UpperPercent(), unsafe.UpperPercent(), 6);
  EXPECT_GT(safe_copies.UpperPercent(), 20);

  // A group counts by its mean, whatever its frames' order.
  DropEstimate mixed, mean;
  mixed.Add(0, Boxes(), Boxes(), 4, 10);
  mixed.Add(1, Boxes(), Boxes(), 9, 9);
  mixed.Add(0, Boxes(), Boxes(), 8, 10);
  mean.Add(0, Boxes(), Boxes(), 6, 10);
  mean.Add(1, Boxes(), Boxes(), 9, 9);
  EXPECT_NEAR(mixed.UpperPercent(), mean.UpperPercent(), 1e-9);
}

TEST(DropEstimate, NothingToComparePromisesNothing) {
  DropEstimate estimate;
  for (int i = 0; i < 3; ++i) estimate.Add(i, Boxes(), Boxes(), 0, 0);
  EXPECT_EQ(estimate.UpperPercent(), 100);
  DropEstimate one;
  one.Add(0, Boxes(), Boxes(), 9, 10);
  EXPECT_NEAR(one.UpperPercent(), 30, 1e-9) << "a single frame says little";
  DropEstimate none;
  for (int i = 0; i < 5; ++i) none.Add(i, Boxes(), Boxes(), 8, 8);
  EXPECT_NEAR(none.UpperPercent(), 100.0 / 40, 1e-9) << "forty boxes that stayed are no promise of none";
}

// Margins of every size and errors of one deviation: the estimate is about the share of decisions that really change,
// also where it is made from frames of which none did.
TEST(DropEstimate, DecisionsChangeAsOftenAsTheirMarginsSay) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  DropEstimate many, unchanged;
  int changed = 0, frames = 0, kept = 0;
  for (; frames < 4000; ++frames) {
    const std::vector<float> logits = {2 * normal(random), 2 * normal(random), 2 * normal(random)};
    std::vector<float> coded = logits;
    for (float& value : coded) value += 0.2f * normal(random);
    const TaskResult a = Classes(logits), b = Classes(coded);
    const bool same = a.top_labels[0] == b.top_labels[0];
    changed += !same;
    many.Add(frames, a, b, same, 1);
    if (!same || ++kept > 40) continue;
    unchanged.Add(frames, a, b, 1, 1);
  }
  const double truth = 100.0 * changed / frames;
  EXPECT_GT(truth, 2);
  EXPECT_NEAR(many.UpperPercent(), truth, 0.25 * truth);
  EXPECT_GT(unchanged.UpperPercent(), 0.3 * truth) << "forty decisions that stayed are no promise of none";
  EXPECT_LT(unchanged.UpperPercent(), 3 * truth);
}

TEST(DropEstimate, TheSameOutputsAreNoDrop) {
  DropEstimate estimate;
  for (int i = 0; i < 4; ++i) estimate.Add(i, Classes({1, 2, float(i)}), Classes({1, 2, float(i)}), 1, 1);
  EXPECT_EQ(estimate.UpperPercent(), 0);
}

}  // namespace
}  // namespace fsc
