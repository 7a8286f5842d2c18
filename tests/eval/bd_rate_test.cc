#include "eval/bd_rate.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/eval/python_reference.h"

namespace fsc {
namespace {

// The measurements published with S. R. Alvar and I. V. Bajic, "Multi-task learning with compressible features for
// collaborative intelligence", ICIP 2019 (github.com/saeedranjbar12/mtlcfci, results of 500 validation images): mean
// bytes of a feature tensor, and the quality of the three tasks. Table 1 of the paper gives the BD-rates of "proposed"
// against "benchmark".
struct PublishedPoint {
  double mean_bytes, miou, rms, psnr_db;
};
constexpr PublishedPoint kEncoder2Benchmark[] = {
    {46529.428, 0.5608954846475458, 8.278655778884888, 29.648083771178527},
    {40905.426, 0.5536864339162215, 8.30559635734558, 28.009897658084743},
    {26963.168, 0.5436527905185011, 8.349340883255005, 26.233956182014097},
    {20424.232, 0.5329350108582229, 8.405661133766174, 25.011298711620032},
    {16746.262, 0.5229381441630794, 8.471962992668152, 24.192589648918478}};
constexpr PublishedPoint kEncoder2Proposed[] = {{42629.996, 0.5700864721055237, 8.2678141040802, 29.853693637178928},
                                                {34033.876, 0.5594165913499897, 8.306304677009582, 27.429271877497197},
                                                {21788.176, 0.5447444598800137, 8.38470369052887, 25.490130652710874},
                                                {16282.664, 0.5291274526157296, 8.474681795120238, 24.323316067054254},
                                                {13249.51, 0.5156092088447267, 8.588391020774841, 23.580986294450557}};
constexpr PublishedPoint kEncoder1Benchmark[] = {
    {34261.184, 0.55958100966897, 8.207951851844788, 26.263314717506955},
    {30572.758, 0.550971784152836, 8.253957494735717, 25.93276061225652},
    {21283.556, 0.5320843940419288, 8.370260900497437, 25.162012731340354},
    {16525.996, 0.5099771827535927, 8.510129772186279, 24.27150456109557},
    {13720.204, 0.4867010738068718, 8.658087631225586, 23.491490445711396}};
constexpr PublishedPoint kEncoder1Proposed[] = {{33103.402, 0.5604513712100744, 8.208766808509827, 26.236755653827434},
                                                {28749.02, 0.5518467316874248, 8.265413957595825, 25.909039897920326},
                                                {19613.422, 0.5337784680926514, 8.399823337554931, 25.076424302717303},
                                                {15020.99, 0.5070899416053453, 8.560116006851196, 24.04334265385176},
                                                {12382.582, 0.4817954889409252, 8.726075303077698, 23.15621219134}};

enum class Task { kSegmentation, kDisparity, kReconstruction };

std::vector<RatePoint> CurveOf(std::span<const PublishedPoint> points, Task task) {
  std::vector<RatePoint> curve;
  for (const PublishedPoint& p : points) {
    curve.push_back({p.mean_bytes, task == Task::kSegmentation ? p.miou
                                   : task == Task::kDisparity  ? 1 / p.rms
                                                               : p.psnr_db});
  }
  return curve;
}

TEST(BdRate, ReproducesThePublishedTable) {
  const struct {
    std::span<const PublishedPoint> anchor, test;
    Task task;
    double percent;
  } rows[] = {{kEncoder1Benchmark, kEncoder1Proposed, Task::kSegmentation, -7.81},
              {kEncoder1Benchmark, kEncoder1Proposed, Task::kDisparity, -2.12},
              {kEncoder1Benchmark, kEncoder1Proposed, Task::kReconstruction, -4.37},
              {kEncoder2Benchmark, kEncoder2Proposed, Task::kSegmentation, -20.68},
              {kEncoder2Benchmark, kEncoder2Proposed, Task::kDisparity, -5.15},
              {kEncoder2Benchmark, kEncoder2Proposed, Task::kReconstruction, -6.09}};
  for (const auto& row : rows) {
    const Result<BdResult> bd =
        BjontegaardDelta(CurveOf(row.anchor, row.task), CurveOf(row.test, row.task), CurveFit::kCubic);
    ASSERT_TRUE(bd.ok());
    ASSERT_TRUE(bd->bd_rate_percent.has_value());
    EXPECT_NEAR(*bd->bd_rate_percent, row.percent, 0.01) << int(row.task);
    // Near the lossless point the cubic of one published curve turns: the number is the paper's, and carries a warning
    // here.
    const bool turns = row.test.data() == kEncoder2Proposed && row.task == Task::kReconstruction;
    EXPECT_THAT(bd->warnings, ::testing::SizeIs(turns ? 1 : 0)) << row.percent;
  }
}

TEST(BdRate, TwiceTheRateIsPlusHundredPercentForEveryFit) {
  std::vector<RatePoint> anchor, test;
  for (const double rate : {100.0, 200.0, 380.0, 900.0, 1500.0}) {
    anchor.push_back({rate, 5 * std::log(rate)});
    test.push_back({2 * rate, 5 * std::log(rate)});
  }
  for (const CurveFit fit : {CurveFit::kCubic, CurveFit::kAkima, CurveFit::kPchip}) {
    const Result<BdResult> bd = BjontegaardDelta(anchor, test, fit);
    ASSERT_TRUE(bd.ok());
    EXPECT_NEAR(bd->bd_rate_percent.value(), 100, 1e-9) << CurveFitName(fit);
    EXPECT_NEAR(bd->bd_metric.value(), -5 * std::log(2), 1e-9) << CurveFitName(fit);
    EXPECT_NEAR(bd->overlap_of_anchor, 1, 1e-12);
  }
}

TEST(BdRate, CurvesAgreeWithAnIndependentComputation) {
  if (!PythonHasNumpy()) GTEST_SKIP() << "needs NumPy: install python3-numpy";
  std::mt19937 random(7);
  std::uniform_real_distribution<double> step(0.15, 1.0);
  for (int round = 0; round < 4; ++round) {
    std::array<std::vector<RatePoint>, 2> curves;
    for (int side = 0; side < 2; ++side) {
      double log_rate = 3 + 0.3 * side, quality = 30 + step(random);
      for (int i = 0; i < 5 + round; ++i) {
        curves[side].push_back({std::exp(log_rate), quality});
        log_rate += step(random);
        quality += step(random);
      }
    }
    for (const CurveFit fit : {CurveFit::kCubic, CurveFit::kAkima, CurveFit::kPchip}) {
      nlohmann::json job = {
          {"fit", CurveFitName(fit)}, {"anchor", nlohmann::json::array()}, {"test", nlohmann::json::array()}};
      for (const RatePoint& p : curves[0]) job["anchor"].push_back({p.rate, p.metric});
      for (const RatePoint& p : curves[1]) job["test"].push_back({p.rate, p.metric});
      const nlohmann::json expected = RunPython("reference_bd.py", job);
      ASSERT_FALSE(expected.is_null());
      const Result<BdResult> bd = BjontegaardDelta(curves[0], curves[1], fit);
      ASSERT_TRUE(bd.ok());
      EXPECT_NEAR(bd->bd_rate_percent.value(), expected["rate"].get<double>(), 1e-4) << CurveFitName(fit);
      EXPECT_NEAR(bd->bd_metric.value(), expected["metric"].get<double>(), 1e-6) << CurveFitName(fit);
    }
  }
}

TEST(BdRate, CurvesWithoutCommonQualityGiveNoNumber) {
  const std::vector<RatePoint> low = {{1, 10}, {2, 11}, {3, 12}, {4, 13}};
  const std::vector<RatePoint> high = {{1, 20}, {2, 21}, {3, 22}, {4, 23}};
  const Result<BdResult> bd = BjontegaardDelta(low, high, CurveFit::kCubic);
  ASSERT_TRUE(bd.ok());
  EXPECT_FALSE(bd->bd_rate_percent.has_value());
  EXPECT_NEAR(bd->bd_metric.value(), 10, 1e-9);
  ASSERT_EQ(bd->warnings.size(), 1u);
  EXPECT_NE(bd->warnings[0].find("no common quality"), std::string::npos);
}

TEST(BdRate, SmallOverlapIsReported) {
  const std::vector<RatePoint> a = {{1, 10}, {2, 11}, {3, 12}, {4, 14}};
  const std::vector<RatePoint> b = {{1, 13}, {2, 15}, {3, 16}, {4, 18}};
  const Result<BdResult> bd = BjontegaardDelta(a, b, CurveFit::kPchip);
  ASSERT_TRUE(bd.ok());
  EXPECT_DOUBLE_EQ(bd->overlap_low, 13);
  EXPECT_DOUBLE_EQ(bd->overlap_high, 14);
  EXPECT_DOUBLE_EQ(bd->overlap_of_anchor, 0.25);
  EXPECT_DOUBLE_EQ(bd->overlap_of_test, 0.2);
  EXPECT_EQ(bd->warnings.size(), 1u);
}

TEST(BdRate, CurveThatFallsIsFlaggedAndNotInterpolated) {
  const std::vector<RatePoint> anchor = {{1, 10}, {2, 11}, {3, 12}, {4, 13}, {5, 14}};
  const std::vector<RatePoint> dips = {{1, 10.2}, {2, 11.3}, {3, 11.1}, {4, 13.2}, {5, 14.1}};
  const Result<BdResult> cubic = BjontegaardDelta(anchor, dips, CurveFit::kCubic);
  ASSERT_TRUE(cubic.ok());
  EXPECT_TRUE(cubic->bd_rate_percent.has_value());
  ASSERT_FALSE(cubic->warnings.empty());
  EXPECT_NE(cubic->warnings[0].find("test"), std::string::npos);
  for (const CurveFit fit : {CurveFit::kAkima, CurveFit::kPchip}) {
    // The front of the five is four points: enough, and noted. Of four it would be three: no number.
    const Result<BdResult> bd = BjontegaardDelta(anchor, dips, fit);
    ASSERT_TRUE(bd.ok());
    const std::vector<RatePoint> front = {{1, 10.2}, {2, 11.3}, {4, 13.2}, {5, 14.1}};
    EXPECT_EQ(bd->bd_rate_percent.value(), BjontegaardDelta(anchor, front, fit)->bd_rate_percent.value());
    EXPECT_THAT(bd->warnings, ::testing::IsEmpty());
    ASSERT_EQ(bd->notes.size(), 1u);
    EXPECT_NE(bd->notes[0].find("1 of the test's 5 points"), std::string::npos);
    const Result<BdResult> few = BjontegaardDelta(anchor, {{1, 10.2}, {2, 11.3}, {3, 11.1}, {4, 13.2}}, fit);
    ASSERT_TRUE(few.ok());
    EXPECT_FALSE(few->bd_rate_percent.has_value());
    EXPECT_FALSE(few->warnings.empty());
  }
}

TEST(BdRate, UnusablePointsAreErrors) {
  const std::vector<RatePoint> good = {{1, 10}, {2, 11}, {3, 12}, {4, 13}};
  EXPECT_FALSE(BjontegaardDelta(good, {{1, 10}, {2, 11}, {3, 12}}, CurveFit::kCubic).ok());
  EXPECT_FALSE(BjontegaardDelta(good, {{0, 10}, {2, 11}, {3, 12}, {4, 13}}, CurveFit::kCubic).ok());
  EXPECT_FALSE(BjontegaardDelta({{1, 10}, {2, NAN}, {3, 12}, {4, 13}}, good, CurveFit::kCubic).ok());
  // Four points, but only three qualities: the cubic is not determined.
  const Result<BdResult> flat = BjontegaardDelta(good, {{1, 10}, {2, 11}, {3, 11}, {4, 13}}, CurveFit::kCubic);
  ASSERT_TRUE(flat.ok());
  EXPECT_FALSE(flat->bd_rate_percent.has_value());
}

TEST(CurveFit, NamesAreReadBack) {
  for (const CurveFit fit : {CurveFit::kCubic, CurveFit::kAkima, CurveFit::kPchip})
    EXPECT_EQ(ParseCurveFit(CurveFitName(fit)).value(), fit);
  EXPECT_FALSE(ParseCurveFit("linear").ok());
}

TEST(CurveFit, InterpolantsGoThroughTheirPoints) {
  const std::vector<double> x = {0, 1, 2.5, 3, 7};
  const std::vector<double> y = {1, 2, 2, 5, 6};
  for (const CurveFit fit : {CurveFit::kAkima, CurveFit::kPchip}) {
    const Result<FittedCurve> curve = FittedCurve::Fit(fit, x, y);
    ASSERT_TRUE(curve.ok());
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(curve->Value(x[i]), y[i], 1e-12);
  }
  // PCHIP does not overshoot a plateau.
  const Result<FittedCurve> pchip = FittedCurve::Fit(CurveFit::kPchip, x, y);
  EXPECT_NEAR(pchip->Value(1.7), 2, 1e-12);
  EXPECT_TRUE(pchip->MonotonicOver(0, 7));
}

}  // namespace
}  // namespace fsc
