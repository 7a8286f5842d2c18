#include "codec/conceal/moments.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kMostPrecise = 700;    // variables
constexpr float kFloor = 1e-4F;      // of the mean variance, onto each
constexpr float kSmallest = 1e-12F;  // variance, where all are zero

// The samples of one variable, less `shift`: near its mean, so that squares do not cancel.
template <class Get>
void Sample(const Tensor& tensor, int step, const Get& get, Eigen::Ref<Eigen::RowVectorXf> out) {
  const int width = tensor.width_cells();
  const int cells = width * tensor.height_cells();
  for (int i = 0, at = 0; i < cells; i += step, ++at) out[at] = get(i / width, i % width);
}

// [n][samples], a variable a row.
RowMajor SamplesOf(const Tensor& tensor, const CellVariables& variables, int step) {
  const int channels = tensor.channels();
  const int width = tensor.width_cells();
  const int height = tensor.height_cells();
  const int samples = (width * height + step - 1) / step;
  RowMajor all(channels * variables.blocks(), samples);
  for (int c = 0; c < channels; ++c) {
    const std::span<const float> plane = tensor.plane(c);
    const auto at = [&](int y, int x) {
      return plane[size_t(std::clamp(y, 0, height - 1)) * size_t(width) + size_t(std::clamp(x, 0, width - 1))];
    };
    int row = c;
    Sample(tensor, step, at, all.row(row));
    if (variables.neighbours) {
      Sample(
          tensor, step, [&](int y, int x) { return at(y, x - 1); }, all.row(row += channels));
      Sample(
          tensor, step, [&](int y, int x) { return at(y, x + 1); }, all.row(row += channels));
      Sample(
          tensor, step, [&](int y, int x) { return at(y - 1, x); }, all.row(row += channels));
      Sample(
          tensor, step, [&](int y, int x) { return at(y + 1, x); }, all.row(row += channels));
    }
    if (variables.reference != nullptr) {
      const std::span<const float> other = variables.reference->plane(c);
      Sample(
          tensor, step, [&](int y, int x) { return other[size_t(y) * size_t(width) + size_t(x)]; },
          all.row(row += channels));
    }
  }
  return all;
}

std::vector<float> SquareOf(const RowMajor& samples) {
  const Eigen::Index n = samples.rows();
  std::vector<float> square(size_t(n) * size_t(n), 0.0F);
  Eigen::Map<RowMajor> out(square.data(), n, n);
  out.selfadjointView<Eigen::Lower>().rankUpdate(samples, 1.0F / float(samples.cols()));
  out.triangularView<Eigen::StrictlyUpper>() = out.transpose();
  return square;
}

template <class Number>
std::vector<float> InverseOf(std::span<const float> covariance, int n, float ridge) {
  using Matrix = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic>;
  Matrix matrix = Eigen::Map<const RowMajor>(covariance.data(), n, n).cast<Number>();
  const Number mean_variance = matrix.trace() / Number(n);
  for (int i = 0; i < n; ++i) {
    const Number variance = std::max(Number(0), matrix(i, i));
    matrix(i, i) = variance + std::max(Number(kSmallest), Number(ridge) * variance + Number(kFloor) * mean_variance);
  }
  const Matrix diagonal = matrix.diagonal();
  const Eigen::LLT<Eigen::Ref<Matrix>> factor(matrix);
  Matrix inverse;
  if (factor.info() == Eigen::Success) {
    inverse = factor.solve(Matrix::Identity(n, n));
  } else {  // numbers that are no covariance: each variable for itself
    inverse = diagonal.col(0).cwiseInverse().asDiagonal();
  }
  std::vector<float> precision(size_t(n) * size_t(n));
  Eigen::Map<RowMajor>(precision.data(), n, n) = inverse.template cast<float>();
  return precision;
}

}  // namespace

Moments MomentsOf(const Tensor& tensor, const CellVariables& variables, int step) {
  RowMajor samples = SamplesOf(tensor, variables, step);
  const Eigen::VectorXf mean = samples.rowwise().mean();
  samples.colwise() -= mean;
  return {std::vector<float>(mean.data(), mean.data() + mean.size()), SquareOf(samples)};
}

Moments DifferenceMomentsOf(const Tensor& tensor, const Tensor& reference) {
  const Eigen::Index cells = Eigen::Index(tensor.height_cells()) * tensor.width_cells();
  const Eigen::Map<const RowMajor> a(tensor.values().data(), tensor.channels(), cells);
  const Eigen::Map<const RowMajor> b(reference.values().data(), tensor.channels(), cells);
  return {std::vector<float>(size_t(tensor.channels()), 0.0F), SquareOf(a - b)};
}

void Blend(float kept, const Moments& fresh, Moments* moments) {
  if (moments->mean.empty()) {
    *moments = fresh;
    return;
  }
  const Eigen::Index n = Eigen::Index(fresh.mean.size());
  Eigen::Map<Eigen::VectorXf> mean(moments->mean.data(), n);
  Eigen::Map<RowMajor> covariance(moments->covariance.data(), n, n);
  const Eigen::VectorXf step = Eigen::Map<const Eigen::VectorXf>(fresh.mean.data(), n) - mean;
  covariance *= kept;
  covariance += (1 - kept) * Eigen::Map<const RowMajor>(fresh.covariance.data(), n, n);
  covariance += (kept * (1 - kept)) * (step * step.transpose());
  mean += (1 - kept) * step;
}

std::vector<float> PrecisionOf(std::span<const float> covariance, int n, float ridge) {
  // A large matrix in float32: the ridge bounds its condition number, and it takes half the time.
  return n > kMostPrecise ? InverseOf<float>(covariance, n, ridge) : InverseOf<double>(covariance, n, ridge);
}

std::vector<float> SelectBlocks(std::span<const float> matrix, int n, int channels, std::span<const int> blocks) {
  const size_t size = blocks.size() * size_t(channels);
  std::vector<float> selected(size * size);
  for (size_t i = 0; i < size; ++i) {
    const size_t row = size_t(blocks[i / size_t(channels)]) * size_t(channels) + i % size_t(channels);
    for (size_t b = 0; b < blocks.size(); ++b) {
      const float* from = matrix.data() + row * size_t(n) + size_t(blocks[b]) * size_t(channels);
      std::copy_n(from, channels, selected.begin() + ptrdiff_t(i * size + b * size_t(channels)));
    }
  }
  return selected;
}

}  // namespace fsc
