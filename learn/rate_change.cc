#include "learn/rate_change.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace fsc {
namespace {

// Log rate at log divergence x, by a line through the two points around it.
double LogRateAt(const std::vector<std::pair<double, double>>& curve, double x) {
  for (size_t i = 1; i < curve.size(); ++i) {
    if (x > curve[i].first && i + 1 < curve.size()) continue;
    const double part = (x - curve[i - 1].first) / std::max(curve[i].first - curve[i - 1].first, 1e-12);
    return curve[i - 1].second + part * (curve[i].second - curve[i - 1].second);
  }
  return curve.front().second;
}

std::vector<std::pair<double, double>> LogCurve(std::span<const JudgedPoint> points, size_t back) {
  std::vector<std::pair<double, double>> curve;
  for (const JudgedPoint& p : points) {
    if (p.backs[back].kl_nats <= 0 || p.bits_per_element <= 0) continue;
    curve.emplace_back(std::log(p.backs[back].kl_nats), std::log(p.bits_per_element));
  }
  std::sort(curve.begin(), curve.end());
  return curve;
}

}  // namespace

double RateChangePercent(std::span<const JudgedPoint> anchor, std::span<const JudgedPoint> test) {
  constexpr int kSteps = 64;
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (anchor.empty() || test.empty()) return kNone;
  const size_t backs = anchor[0].backs.size();
  double sum = 0;
  for (size_t back = 0; back < backs; ++back) {
    const auto a = LogCurve(anchor, back), b = LogCurve(test, back);
    if (a.size() < 2 || b.size() < 2) return kNone;
    const double low = std::max(a.front().first, b.front().first), high = std::min(a.back().first, b.back().first);
    if (!(low < high)) return kNone;
    for (int i = 0; i <= kSteps; ++i) {
      const double x = low + (high - low) * i / kSteps;
      sum += LogRateAt(b, x) - LogRateAt(a, x);
    }
  }
  return 100 * (std::exp(sum / double(backs * (kSteps + 1))) - 1);
}

}  // namespace fsc
