#include "eval/bd_rate.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace fsc {
namespace {

enum class BdAxis { kRate, kMetric };

struct Columns {
  std::vector<double> x;
  std::vector<double> y;
};

// The points as y(x), sorted by x. Points that share an x are merged into their mean y.
Columns Sorted(const std::vector<RatePoint>& points, BdAxis x_axis) {
  std::vector<std::pair<double, double>> pairs;
  for (const RatePoint& p : points) {
    const double log_rate = std::log(p.rate);
    pairs.emplace_back(x_axis == BdAxis::kRate ? log_rate : p.metric, x_axis == BdAxis::kRate ? p.metric : log_rate);
  }
  std::sort(pairs.begin(), pairs.end());
  Columns columns;
  for (size_t i = 0; i < pairs.size();) {
    size_t end = i;
    double sum = 0;
    for (; end < pairs.size() && pairs[end].first == pairs[i].first; ++end) sum += pairs[end].second;
    columns.x.push_back(pairs[i].first);
    columns.y.push_back(sum / double(end - i));
    i = end;
  }
  return columns;
}

Status CheckPoints(const std::vector<RatePoint>& points, const std::string& side, CurveFit fit) {
  const size_t needed = fit == CurveFit::kCubic ? 4 : 2;
  if (points.size() < needed) {
    return Usage("too few points for a " + CurveFitName(fit) + " curve",
                 fmt::format("{}, {} points", side, points.size()), fmt::format("measure at least {}", needed));
  }
  for (const RatePoint& p : points) {
    if (!std::isfinite(p.rate) || p.rate <= 0 || !std::isfinite(p.metric)) {
      return Usage("a point needs a positive rate and a finite metric",
                   fmt::format("{}: {} , {}", side, p.rate, p.metric));
    }
  }
  return {};
}

constexpr size_t kLeastFront = 4;

// The points that no cheaper one equals or beats, by rate.
std::vector<RatePoint> Front(std::vector<RatePoint> points) {
  std::sort(points.begin(), points.end(), [](const RatePoint& a, const RatePoint& b) {
    return a.rate != b.rate ? a.rate < b.rate : a.metric > b.metric;
  });
  std::vector<RatePoint> front;
  for (const RatePoint& p : points) {
    if (front.empty() || p.metric > front.back().metric) front.push_back(p);
  }
  return front;
}

// Mean of test - anchor over the common span of x; nullopt without one.
struct MeanDifference {
  std::optional<double> value;
  double low = 0, high = 0;
  double of_anchor = 0, of_test = 0;
  bool anchor_turns = false, test_turns = false;
};

Result<MeanDifference> Compare(const std::vector<RatePoint>& anchor, const std::vector<RatePoint>& test, BdAxis x_axis,
                               CurveFit fit) {
  const Columns a = Sorted(anchor, x_axis);
  const Columns t = Sorted(test, x_axis);
  MeanDifference out;
  out.low = std::max(a.x.front(), t.x.front());
  out.high = std::min(a.x.back(), t.x.back());
  if (out.high <= out.low) return out;
  out.of_anchor = (out.high - out.low) / (a.x.back() - a.x.front());
  out.of_test = (out.high - out.low) / (t.x.back() - t.x.front());
  FSC_ASSIGN_OR_RETURN(const FittedCurve anchor_curve, FittedCurve::Fit(fit, a.x, a.y));
  FSC_ASSIGN_OR_RETURN(const FittedCurve test_curve, FittedCurve::Fit(fit, t.x, t.y));
  out.anchor_turns = !anchor_curve.MonotonicOver(out.low, out.high);
  out.test_turns = !test_curve.MonotonicOver(out.low, out.high);
  out.value =
      (test_curve.Integral(out.low, out.high) - anchor_curve.Integral(out.low, out.high)) / (out.high - out.low);
  return out;
}

}  // namespace

bool StrictlyMonotonic(std::vector<RatePoint> curve) {
  std::sort(curve.begin(), curve.end(), [](const RatePoint& a, const RatePoint& b) { return a.rate < b.rate; });
  for (size_t i = 1; i < curve.size(); ++i) {
    if (curve[i].rate <= curve[i - 1].rate || curve[i].metric <= curve[i - 1].metric) return false;
  }
  return true;
}

Result<BdResult> BjontegaardDelta(std::vector<RatePoint> anchor, std::vector<RatePoint> test, CurveFit fit) {
  FSC_RETURN_IF_ERROR(CheckPoints(anchor, "anchor", fit));
  FSC_RETURN_IF_ERROR(CheckPoints(test, "test", fit));
  BdResult result;
  bool usable = true;
  for (const auto& [points, side] : {std::pair{&anchor, "anchor"}, std::pair{&test, "test"}}) {
    if (StrictlyMonotonic(*points)) continue;
    const std::vector<RatePoint> front = Front(*points);
    if (fit != CurveFit::kCubic && front.size() >= kLeastFront) {
      result.notes.push_back(fmt::format("{} of the {}'s {} points, which a cheaper one equals or beats, were left out",
                                         points->size() - front.size(), side, points->size()));
      *points = front;
      continue;
    }
    result.warnings.push_back(fmt::format("the {}'s quality does not rise with every step of rate", side));
    const size_t distinct =
        std::min(Sorted(*points, BdAxis::kMetric).x.size(), Sorted(*points, BdAxis::kRate).x.size());
    if (fit != CurveFit::kCubic || distinct < 4) usable = false;
  }
  if (!usable) {
    result.warnings.push_back("no number: a " + CurveFitName(fit) + " curve needs a quality that rises with the rate");
  }
  if (!usable) return result;

  FSC_ASSIGN_OR_RETURN(const MeanDifference rate, Compare(anchor, test, BdAxis::kMetric, fit));
  result.overlap_low = rate.low;
  result.overlap_high = rate.high;
  result.overlap_of_anchor = rate.of_anchor;
  result.overlap_of_test = rate.of_test;
  if (rate.value) {
    result.bd_rate_percent = std::expm1(*rate.value) * 100;
    if (std::min(rate.of_anchor, rate.of_test) < kSmallOverlap) {
      result.warnings.push_back(
          fmt::format("the curves share only {:.0f} % of the anchor's and {:.0f} % of the test's quality span",
                      100 * rate.of_anchor, 100 * rate.of_test));
    }
    if (rate.anchor_turns) result.warnings.push_back("the curve fitted to the anchor is not monotonic");
    if (rate.test_turns) result.warnings.push_back("the curve fitted to the test is not monotonic");
  } else {
    result.overlap_low = result.overlap_high = 0;
    result.warnings.push_back("no BD-rate: the curves reach no common quality");
  }
  FSC_ASSIGN_OR_RETURN(const MeanDifference metric, Compare(anchor, test, BdAxis::kRate, fit));
  result.bd_metric = metric.value;
  if (!metric.value) result.warnings.push_back("no BD-metric: the curves have no common rate");
  return result;
}

}  // namespace fsc
