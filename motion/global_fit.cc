#include "motion/global_fit.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fsc {
namespace {

constexpr int kIterations = 12;
constexpr double kFollowsQpel = 3.0;
constexpr double kLeastSpreadQpel = 2.0;

// dx = x[0] + x[1] X + x[2] Y, dy alike; X, Y in pixels from the centre.
struct Model {
  std::array<double, 3> x{};
  std::array<double, 3> y{};
};

struct Sums {
  double s = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
  std::array<double, 3> dx{};
  std::array<double, 3> dy{};
};

// Symmetric 3 x 3 by cofactors; false where the leaves do not determine a plane.
bool Solve(const Sums& a, const std::array<double, 3>& b, std::array<double, 3>* result) {
  const double c00 = a.sxx * a.syy - a.sxy * a.sxy;
  const double c01 = a.sxy * a.sy - a.sx * a.syy;
  const double c02 = a.sx * a.sxy - a.sxx * a.sy;
  const double det = a.s * c00 + a.sx * c01 + a.sy * c02;
  if (!(std::abs(det) > 1e-6)) return false;
  const double c11 = a.s * a.syy - a.sy * a.sy;
  const double c12 = a.sx * a.sy - a.s * a.sxy;
  const double c22 = a.s * a.sxx - a.sx * a.sx;
  *result = {(c00 * b[0] + c01 * b[1] + c02 * b[2]) / det, (c01 * b[0] + c11 * b[1] + c12 * b[2]) / det,
             (c02 * b[0] + c12 * b[1] + c22 * b[2]) / det};
  return true;
}

int32_t Bounded(double value, int32_t largest) {
  return int32_t(std::llround(std::clamp(value, double(-largest), double(largest))));
}

}  // namespace

std::optional<GlobalMotion> FitGlobalMotion(const MotionGeometry& geometry, const std::vector<MotionVector>& vectors,
                                            const std::vector<uint32_t>& weights) {
  const int leaves_x = geometry.leaves_x();
  std::vector<size_t> used;
  for (size_t i = 0; i < vectors.size(); ++i) {
    if (weights[i] > 0) used.push_back(i);
  }
  if (used.size() < 12) return std::nullopt;
  const auto x_of = [&](size_t i) {
    return double(i % leaves_x) * kMotionLeafPx + 0.5 * (kMotionLeafPx - geometry.width_px);
  };
  const auto y_of = [&](size_t i) {
    return double(i / leaves_x) * kMotionLeafPx + 0.5 * (kMotionLeafPx - geometry.height_px);
  };

  Model model;
  std::vector<double> trust(used.size(), 1.0);
  std::vector<double> miss(used.size());
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    Sums sums;
    for (size_t k = 0; k < used.size(); ++k) {
      const size_t i = used[k];
      const double w = trust[k] * weights[i];
      const double x = x_of(i);
      const double y = y_of(i);
      sums.s += w;
      sums.sx += w * x;
      sums.sy += w * y;
      sums.sxx += w * x * x;
      sums.sxy += w * x * y;
      sums.syy += w * y * y;
      const double dx = w * vectors[i].dx_qpel;
      const double dy = w * vectors[i].dy_qpel;
      sums.dx[0] += dx;
      sums.dx[1] += dx * x;
      sums.dx[2] += dx * y;
      sums.dy[0] += dy;
      sums.dy[1] += dy * x;
      sums.dy[2] += dy * y;
    }
    if (!Solve(sums, sums.dx, &model.x) || !Solve(sums, sums.dy, &model.y)) return std::nullopt;
    for (size_t k = 0; k < used.size(); ++k) {
      const size_t i = used[k];
      const double x = x_of(i);
      const double y = y_of(i);
      miss[k] = std::hypot(model.x[0] + model.x[1] * x + model.x[2] * y - vectors[i].dx_qpel,
                           model.y[0] + model.y[1] * x + model.y[2] * y - vectors[i].dy_qpel);
    }
    std::vector<double> sorted = miss;
    std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
    const double scale = std::max(1.0, 1.5 * sorted[sorted.size() / 2]);
    for (size_t k = 0; k < used.size(); ++k) trust[k] = 1.0 / (1.0 + (miss[k] / scale) * (miss[k] / scale));
  }

  double follows = 0;
  double all = 0;
  for (size_t k = 0; k < used.size(); ++k) {
    all += weights[used[k]];
    if (miss[k] <= kFollowsQpel) follows += weights[used[k]];
  }
  const double spread = std::max(std::abs(model.x[1]), std::abs(model.y[1])) * geometry.width_px +
                        std::max(std::abs(model.x[2]), std::abs(model.y[2])) * geometry.height_px;
  if (3 * follows < all || spread < kLeastSpreadQpel) return std::nullopt;
  GlobalMotion global;
  global.shift_x = Bounded(16 * model.x[0], GlobalMotion::kMaxShift);
  global.shift_y = Bounded(16 * model.y[0], GlobalMotion::kMaxShift);
  global.xx = Bounded(16384 * model.x[1], GlobalMotion::kMaxLinear);
  global.xy = Bounded(16384 * model.x[2], GlobalMotion::kMaxLinear);
  global.yx = Bounded(16384 * model.y[1], GlobalMotion::kMaxLinear);
  global.yy = Bounded(16384 * model.y[2], GlobalMotion::kMaxLinear);
  return global;
}

}  // namespace fsc
