#include "eval/curve_fit.h"

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

// min |V c - y| for the n x 4 Vandermonde matrix of `t` in [-1, 1], by modified Gram-Schmidt.
std::array<double, 4> CubicLeastSquares(const std::vector<double>& t, std::span<const double> y) {
  const size_t n = t.size();
  std::array<std::vector<double>, 4> q;
  std::array<std::array<double, 4>, 4> r{};
  std::vector<double> rest(y.begin(), y.end());
  std::array<double, 4> projected{};
  for (int k = 0; k < 4; ++k) {
    q[k].resize(n);
    for (size_t i = 0; i < n; ++i) q[k][i] = std::pow(t[i], k);
    for (int pass = 0; pass < 2; ++pass) {  // the second pass restores orthogonality to rounding
      for (int j = 0; j < k; ++j) {
        double dot = 0;
        for (size_t i = 0; i < n; ++i) dot += q[j][i] * q[k][i];
        r[j][k] += dot;
        for (size_t i = 0; i < n; ++i) q[k][i] -= dot * q[j][i];
      }
    }
    double norm = 0;
    for (double v : q[k]) norm += v * v;
    r[k][k] = std::sqrt(norm);
    for (double& v : q[k]) v /= r[k][k];
    for (size_t i = 0; i < n; ++i) projected[k] += q[k][i] * rest[i];
    for (size_t i = 0; i < n; ++i) rest[i] -= projected[k] * q[k][i];
  }
  std::array<double, 4> c{};
  for (int k = 3; k >= 0; --k) {
    c[k] = projected[k];
    for (int j = k + 1; j < 4; ++j) c[k] -= r[k][j] * c[j];
    c[k] /= r[k][k];
  }
  return c;
}

std::vector<double> AkimaSlopes(std::span<const double> x, std::span<const double> y) {
  const int n = int(x.size());
  std::vector<double> m(n + 3);  // m[i + 2] is the slope of interval i; two are extrapolated at each end
  for (int i = 0; i + 1 < n; ++i) m[i + 2] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
  if (n == 2) return {m[2], m[2]};
  m[1] = 2 * m[2] - m[3];
  m[0] = 2 * m[1] - m[2];
  m[n + 1] = 2 * m[n] - m[n - 1];
  m[n + 2] = 2 * m[n + 1] - m[n];
  double largest = 0;
  std::vector<double> left(n), right(n), slopes(n);
  for (int i = 0; i < n; ++i) {
    left[i] = std::abs(m[i + 3] - m[i + 2]);
    right[i] = std::abs(m[i + 1] - m[i]);
    largest = std::max(largest, left[i] + right[i]);
  }
  for (int i = 0; i < n; ++i) {
    const double sum = left[i] + right[i];
    slopes[i] = sum > 1e-9 * largest ? (left[i] * m[i + 1] + right[i] * m[i + 2]) / sum : 0.5 * (m[i + 1] + m[i + 2]);
  }
  return slopes;
}

double PchipEndSlope(double h0, double h1, double m0, double m1) {
  const double slope = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1);
  if (slope * m0 <= 0) return 0;
  if (m0 * m1 <= 0 && std::abs(slope) > 3 * std::abs(m0)) return 3 * m0;
  return slope;
}

std::vector<double> PchipSlopes(std::span<const double> x, std::span<const double> y) {
  const size_t n = x.size();
  std::vector<double> h(n - 1), m(n - 1), slopes(n, 0.0);
  for (size_t i = 0; i + 1 < n; ++i) {
    h[i] = x[i + 1] - x[i];
    m[i] = (y[i + 1] - y[i]) / h[i];
  }
  if (n == 2) return {m[0], m[0]};
  for (size_t i = 1; i + 1 < n; ++i) {
    if (m[i - 1] * m[i] <= 0) continue;
    const double w1 = 2 * h[i] + h[i - 1];
    const double w2 = h[i] + 2 * h[i - 1];
    slopes[i] = (w1 + w2) / (w1 / m[i - 1] + w2 / m[i]);
  }
  slopes[0] = PchipEndSlope(h[0], h[1], m[0], m[1]);
  slopes[n - 1] = PchipEndSlope(h[n - 2], h[n - 3], m[n - 2], m[n - 3]);
  return slopes;
}

double Evaluate(const std::array<double, 4>& c, double t) {
  return c[0] + t * (c[1] + t * (c[2] + t * c[3]));
}

double Antiderivative(const std::array<double, 4>& c, double t) {
  return t * (c[0] + t * (c[1] / 2 + t * (c[2] / 3 + t * c[3] / 4)));
}

}  // namespace

std::string CurveFitName(CurveFit fit) {
  switch (fit) {
    case CurveFit::kCubic:
      return "cubic";
    case CurveFit::kAkima:
      return "akima";
    case CurveFit::kPchip:
      return "pchip";
  }
  return "";
}

Result<CurveFit> ParseCurveFit(const std::string& name) {
  for (const CurveFit fit : {CurveFit::kCubic, CurveFit::kAkima, CurveFit::kPchip}) {
    if (name == CurveFitName(fit)) return fit;
  }
  return Usage("unknown curve fit", name, "use cubic, akima or pchip");
}

Result<FittedCurve> FittedCurve::Fit(CurveFit fit, std::span<const double> x, std::span<const double> y) {
  const size_t needed = fit == CurveFit::kCubic ? 4 : 2;
  if (x.size() != y.size()) return Internal("curve with more abscissae than ordinates");
  if (x.size() < needed) {
    return Usage("too few points for a " + CurveFitName(fit) + " curve", std::to_string(x.size()),
                 "measure at least " + std::to_string(needed));
  }
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i]))
      return Usage("point that is not a finite number", std::to_string(i));
    if (i > 0 && x[i] <= x[i - 1]) return Usage("points not strictly increasing", std::to_string(i));
  }
  FittedCurve curve;
  if (fit == CurveFit::kCubic) {
    const double origin = (x.front() + x.back()) / 2;
    const double scale = (x.back() - x.front()) / 2;
    std::vector<double> t(x.size());
    for (size_t i = 0; i < x.size(); ++i) t[i] = (x[i] - origin) / scale;
    curve.knots_ = {x.front(), x.back()};
    curve.origin_ = {origin};
    curve.scale_ = {scale};
    curve.pieces_ = {CubicLeastSquares(t, y)};
    return curve;
  }
  const std::vector<double> slopes = fit == CurveFit::kAkima ? AkimaSlopes(x, y) : PchipSlopes(x, y);
  curve.knots_.assign(x.begin(), x.end());
  for (size_t i = 0; i + 1 < x.size(); ++i) {
    const double h = x[i + 1] - x[i];
    const double rise = y[i + 1] - y[i];
    const double d0 = slopes[i] * h;
    const double d1 = slopes[i + 1] * h;
    curve.origin_.push_back(x[i]);
    curve.scale_.push_back(h);
    curve.pieces_.push_back({y[i], d0, 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise});
  }
  return curve;
}

double FittedCurve::Value(double x) const {
  x = std::clamp(x, min_x(), max_x());
  size_t i = 0;
  while (i + 1 < pieces_.size() && x > knots_[i + 1]) ++i;
  return Evaluate(pieces_[i], (x - origin_[i]) / scale_[i]);
}

double FittedCurve::Integral(double from, double to) const {
  from = std::clamp(from, min_x(), max_x());
  to = std::clamp(to, min_x(), max_x());
  double sum = 0;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const double lo = std::max(from, knots_[i]);
    const double hi = std::min(to, knots_[i + 1]);
    if (hi <= lo) continue;
    sum += scale_[i] * (Antiderivative(pieces_[i], (hi - origin_[i]) / scale_[i]) -
                        Antiderivative(pieces_[i], (lo - origin_[i]) / scale_[i]));
  }
  return sum;
}

bool FittedCurve::MonotonicOver(double from, double to) const {
  constexpr int kSteps = 200;
  bool up = false, down = false;
  double before = Value(from);
  for (int i = 1; i <= kSteps; ++i) {
    const double now = Value(from + (to - from) * i / kSteps);
    up = up || now > before;
    down = down || now < before;
    before = now;
  }
  return !(up && down);
}

}  // namespace fsc
