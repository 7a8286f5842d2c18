// What a candidate costs, against curves whose difference is known.
#include "learn/rate_change.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fsc {
namespace {

// Points of rate = scale * divergence^-power.
std::vector<JudgedPoint> Curve(double scale, double power, std::vector<double> divergences) {
  std::vector<JudgedPoint> points;
  for (const double divergence : divergences) {
    JudgedPoint point;
    point.bits_per_element = scale * std::pow(divergence, -power);
    point.distortion.kl_nats = divergence;
    point.backs = {point.distortion};
    points.push_back(point);
  }
  return points;
}

TEST(RateChange, IsTheRatioOfCurvesThatAreLinesInLogarithms) {
  const auto anchor = Curve(1, 0.5, {0.01, 0.05, 0.3});
  EXPECT_NEAR(RateChangePercent(anchor, anchor), 0, 1e-9);
  EXPECT_NEAR(RateChangePercent(anchor, Curve(0.8, 0.5, {0.3, 0.02, 0.1})), -20, 1e-9) << "any order, other points";
  EXPECT_NEAR(RateChangePercent(anchor, Curve(1.5, 0.5, {0.001, 0.02, 3})), 50, 1e-9) << "only where both are";
}

TEST(RateChange, IsTheMeanOverTheBacks) {
  auto anchor = Curve(1, 0.5, {0.01, 0.05, 0.3}), test = Curve(0.5, 0.5, {0.01, 0.05, 0.3});
  for (JudgedPoint& point : anchor) point.backs.push_back(point.backs[0]);
  for (JudgedPoint& point : test) {
    TaskDistortion other = point.backs[0];
    other.kl_nats = std::pow(1 / point.bits_per_element, 2);  // on the anchor's curve
    point.backs.push_back(other);
  }
  EXPECT_NEAR(RateChangePercent(anchor, test), 100 * (std::sqrt(0.5) - 1), 1e-9);
}

TEST(RateChange, HasNoNumberWithoutACommonRange) {
  const auto anchor = Curve(1, 0.5, {0.01, 0.05});
  EXPECT_TRUE(std::isnan(RateChangePercent(anchor, Curve(1, 0.5, {0.06, 0.2}))));
  EXPECT_TRUE(std::isnan(RateChangePercent(anchor, Curve(1, 0.5, {0.02}))));
  EXPECT_TRUE(std::isnan(RateChangePercent(anchor, Curve(1, 0.5, {0, 0.02})))) << "no divergence has no logarithm";
  EXPECT_TRUE(std::isnan(RateChangePercent({}, anchor)));
}

}  // namespace
}  // namespace fsc
