#include "codec/conceal/row_weights.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>

#include "codec/conceal/fills.h"
#include "codec/conceal/lost_rows.h"

namespace fsc {
namespace {

// Of each square: more than float32 covariances are uncertain by, so that weights do not amplify that; and weights
// exist where a channel is constant.
constexpr double kRidge = 1e-5;
constexpr double kSmallest = 1e-20;
constexpr int kAboveBlock = 3;  // of CellVariables with neighbours
constexpr int kBelowBlock = 4;

}  // namespace

std::vector<float> RowWeightsOf(const Moments& cross, int channels) {
  const Eigen::Index n = Eigen::Index(cross.mean.size());
  const Eigen::Map<const Eigen::VectorXf> mean(cross.mean.data(), n);
  // The model has no constant: squares and products around zero.
  const Eigen::MatrixXd products = Eigen::Map<const Eigen::MatrixXf>(cross.covariance.data(), n, n).cast<double>() +
                                   mean.cast<double>() * mean.cast<double>().transpose();
  const int terms = channels + 1;  // the other channels, above, below
  std::vector<float> weights(size_t(channels) * size_t(channels + 2), 0.0F);
  std::vector<Eigen::Index> variable;
  for (int c = 0; c < channels; ++c) {
    variable.clear();
    for (int other = 0; other < channels; ++other) {
      if (other != c) variable.push_back(other);
    }
    variable.push_back(kAboveBlock * channels + c);
    variable.push_back(kBelowBlock * channels + c);
    Eigen::MatrixXd matrix(terms, terms);
    Eigen::VectorXd right(terms);
    for (int i = 0; i < terms; ++i) {
      right(i) = products(variable[size_t(i)], c);
      for (int j = 0; j < terms; ++j) matrix(i, j) = products(variable[size_t(i)], variable[size_t(j)]);
      matrix(i, i) += kRidge * matrix(i, i) + kSmallest;
    }
    const Eigen::VectorXd solved = matrix.ldlt().solve(right);
    if (!solved.allFinite()) continue;
    float* row = weights.data() + size_t(c) * size_t(channels + 2);
    for (int i = 0; i + 2 < terms; ++i) row[variable[size_t(i)]] = float(solved(i));
    row[channels] = float(solved(terms - 2));
    row[channels + 1] = float(solved(terms - 1));
  }
  return weights;
}

void FillByRowWeights(std::span<const float> weights, const ArrivalMap& arrived, std::span<const float> otherwise,
                      Tensor* tensor) {
  FillLinear(arrived, otherwise, tensor);
  const ReceivedRange range = RangeOf(*tensor, arrived);
  const int channels = tensor->channels();
  const int height = tensor->height_cells();
  const size_t width = size_t(tensor->width_cells());
  const Tensor filled = tensor->Clone();
  std::vector<float> sum(width);
  for (const LostRun& run : LostRunsOf(arrived)) {
    const float* row_weights = weights.data() + size_t(run.channel) * size_t(channels + 2);
    for (int y = run.first; y < run.first + run.rows; ++y) {
      std::fill(sum.begin(), sum.end(), 0.0F);
      const auto add = [&](int channel, int row, float weight) {
        const float* from = filled.plane(channel).data() + size_t(std::clamp(row, 0, height - 1)) * width;
        for (size_t x = 0; x < width; ++x) sum[x] += weight * from[x];
      };
      for (int c = 0; c < channels; ++c) add(c, y, row_weights[c]);
      add(run.channel, y - 1, row_weights[channels]);
      add(run.channel, y + 1, row_weights[channels + 1]);
      float* to = tensor->plane(run.channel).data() + size_t(y) * width;
      for (size_t x = 0; x < width; ++x) to[x] = range.Clip(sum[x]);
    }
  }
}

}  // namespace fsc
