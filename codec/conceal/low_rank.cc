#include "codec/conceal/low_rank.h"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>

#include "codec/conceal/fills.h"

namespace fsc {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kModes = 3;
constexpr double kFirstThreshold = 1.0 / 3;  // of the largest singular value: what is larger at once, is kept at once
constexpr double kGrowth = 1.1;              // of HaLRTC's penalty an iteration
constexpr double kSiThreshold = 0.01;        // SiLRTC's, of the largest singular value; it does not change

// A C x H x W tensor's unfolding along a mode, and back: rows are channels, tensor rows, or columns.
struct Unfolding {
  std::array<int, kModes> size;
  int mode = 0;

  int rows() const { return size[size_t(mode)]; }
  int columns() const { return size[0] * size[1] * size[2] / rows(); }

  // Calls use(place in the tensor, place in the unfolding).
  template <class Use>
  void Each(const Use& use) const {
    const auto [channels, height, width] = size;
    size_t at = 0;
    for (int c = 0; c < channels; ++c) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x, ++at) {
          const size_t row = size_t(mode == 0 ? c : mode == 1 ? y : x);
          const size_t column = mode == 0   ? size_t(y) * size_t(width) + size_t(x)
                                : mode == 1 ? size_t(c) * size_t(width) + size_t(x)
                                            : size_t(c) * size_t(height) + size_t(y);
          use(at, row * size_t(columns()) + column);
        }
      }
    }
  }
};

double LargestSingularValue(const Unfolding& unfolding, std::span<const double> tensor) {
  RowMajor matrix(unfolding.rows(), unfolding.columns());
  unfolding.Each([&](size_t from, size_t to) { matrix.data()[to] = tensor[from]; });
  const Eigen::MatrixXd gram = matrix * matrix.transpose();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram, Eigen::EigenvaluesOnly);
  return std::sqrt(std::max(0.0, solver.eigenvalues().maxCoeff()));
}

}  // namespace

std::vector<double> Shrink(std::span<const double> singular_values, double threshold) {
  std::vector<double> shrunk;
  for (const double value : singular_values) shrunk.push_back(std::max(value - threshold, 0.0));
  return shrunk;
}

void ShrinkSingularValues(double threshold, int rows, int columns, std::vector<double>* matrix) {
  Eigen::Map<RowMajor> a(matrix->data(), rows, columns);
  const bool wide = rows <= columns;
  const Eigen::MatrixXd gram = wide ? Eigen::MatrixXd(a * a.transpose()) : Eigen::MatrixXd(a.transpose() * a);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
  const Eigen::VectorXd singular = solver.eigenvalues().cwiseMax(0.0).cwiseSqrt();
  const std::vector<double> shrunk = Shrink({singular.data(), size_t(singular.size())}, threshold);
  Eigen::VectorXd kept(singular.size());
  for (Eigen::Index i = 0; i < kept.size(); ++i) kept(i) = singular(i) > 0 ? shrunk[size_t(i)] / singular(i) : 0;
  // U max(S - t, 0) V^T = U diag(max(1 - t / s, 0)) U^T A, and the same from the right.
  const Eigen::MatrixXd factor = solver.eigenvectors() * kept.asDiagonal() * solver.eigenvectors().transpose();
  if (wide) {
    a = (factor * a).eval();
  } else {
    a = (a * factor).eval();
  }
}

void FillLowRank(LowRankKind kind, int iterations, const ArrivalMap& arrived, Tensor* tensor) {
  const std::array<int, kModes> size = {tensor->channels(), tensor->height_cells(), tensor->width_cells()};
  const size_t width = size_t(size[2]);
  std::vector<double> x(tensor->values().begin(), tensor->values().end());
  std::vector<std::vector<double>> multiplier(kModes, std::vector<double>(x.size(), 0.0));
  double largest = 0;
  for (int mode = 0; mode < kModes; ++mode) largest = std::max(largest, LargestSingularValue({size, mode}, x));
  if (!(largest > 0)) return;
  const bool dual = kind == LowRankKind::kHaLrtc;
  double penalty = 1 / (3 * kFirstThreshold * largest);  // the threshold is 1 / 3 of it, a mode's share of the norm
  std::vector<std::vector<double>> low(kModes);
  for (int iteration = 0; iteration < iterations; ++iteration) {
    for (int mode = 0; mode < kModes; ++mode) {
      const Unfolding unfolding{size, mode};
      std::vector<double> matrix(x.size());
      const std::vector<double>& y = multiplier[size_t(mode)];
      unfolding.Each([&](size_t from, size_t to) { matrix[to] = x[from] + (dual ? y[from] / penalty : 0); });
      ShrinkSingularValues(dual ? 1 / (3 * penalty) : kSiThreshold * largest, unfolding.rows(), unfolding.columns(),
                           &matrix);
      low[size_t(mode)].resize(x.size());
      unfolding.Each([&](size_t from, size_t to) { low[size_t(mode)][from] = matrix[to]; });
    }
    for (int c = 0; c < size[0]; ++c) {
      for (int row = 0; row < size[1]; ++row) {
        if (arrived.arrived(c, row)) continue;
        for (size_t i = (size_t(c) * size_t(size[1]) + size_t(row)) * width, end = i + width; i < end; ++i) {
          double sum = 0;
          for (size_t mode = 0; mode < kModes; ++mode) {
            sum += low[mode][i] - (dual ? multiplier[mode][i] / penalty : 0);
          }
          x[i] = sum / kModes;
        }
      }
    }
    if (!dual) continue;
    for (size_t mode = 0; mode < kModes; ++mode) {
      for (size_t i = 0; i < x.size(); ++i) multiplier[mode][i] -= penalty * (low[mode][i] - x[i]);
    }
    penalty *= kGrowth;
  }
  const ReceivedRange range = RangeOf(*tensor, arrived);
  for (int c = 0; c < size[0]; ++c) {
    for (int row = 0; row < size[1]; ++row) {
      if (arrived.arrived(c, row)) continue;
      for (size_t i = (size_t(c) * size_t(size[1]) + size_t(row)) * width, end = i + width; i < end; ++i) {
        tensor->values()[i] = range.Clip(float(x[i]));
      }
    }
  }
}

}  // namespace fsc
