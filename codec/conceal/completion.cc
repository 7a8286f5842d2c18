#include "codec/conceal/completion.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>

#include "codec/profile/conv_kernels.h"

namespace fsc {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kNeighbourBlocks = 5;  // the cell itself, left, right, above, below

// out[r][i] = start[r] + sum over c, t of weights[r][c * taps + t] * in[c][i + taps[t]].
void Mix(const RowMajor& weights, std::span<const float> start, std::span<const ptrdiff_t> taps, const float* in,
         ptrdiff_t in_stride, float* out, ptrdiff_t out_stride, size_t cells) {
  const int inputs = int(weights.cols()) / int(taps.size());
  std::vector<float> packed(size_t(weights.cols()) * kConvRows);
  for (int row = 0; row < weights.rows(); row += kConvRows) {
    const int rows = std::min(kConvRows, int(weights.rows()) - row);
    for (int r = 0; r < rows; ++r) {
      for (int i = 0; i < weights.cols(); ++i) packed[size_t(i) * kConvRows + size_t(r)] = weights(row + r, i);
    }
    Convolve({.weights = packed.data(),
              .start = start.data() + row,
              .rows = rows,
              .inputs = inputs,
              .taps = taps,
              .in = in,
              .in_stride = in_stride,
              .out = out + row * out_stride,
              .out_stride = out_stride,
              .cells = cells});
  }
}

// Of the lost channels at a cell, by the known variables: [lost][known]. `unknown` are all variables that are not
// known, the channels at the cell last.
RowMajor WeightsOf(const CompletionModel& model, std::span<const int> unknown, size_t lost,
                   std::span<const int> known) {
  const int n = model.variables();
  const Eigen::Map<const RowMajor> precision(model.precision.data(), n, n);
  const Eigen::Index u = Eigen::Index(unknown.size());
  const Eigen::Index targets = Eigen::Index(lost);
  Eigen::MatrixXf between(u, u);
  for (Eigen::Index j = 0; j < u; ++j) {
    const float* row = model.precision.data() + size_t(unknown[size_t(j)]) * size_t(n);
    for (Eigen::Index i = j; i < u; ++i) between(i, j) = row[unknown[size_t(i)]];
  }
  RowMajor weights = RowMajor::Zero(targets, Eigen::Index(known.size()));
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXf>> factor(between);
  if (factor.info() != Eigen::Success) return weights;  // the mean
  // Columns of the inverse that belong to the targets: what comes before them is zero on the way down.
  Eigen::MatrixXf columns = Eigen::MatrixXf::Zero(u, targets);
  columns.bottomRows(targets).setIdentity();
  between.bottomRightCorner(targets, targets).triangularView<Eigen::Lower>().solveInPlace(columns.bottomRows(targets));
  between.triangularView<Eigen::Lower>().transpose().solveInPlace(columns);
  RowMajor to_known(u, Eigen::Index(known.size()));
  for (Eigen::Index i = 0; i < u; ++i) {
    const float* row = model.precision.data() + size_t(unknown[size_t(i)]) * size_t(n);
    for (size_t k = 0; k < known.size(); ++k) to_known(i, Eigen::Index(k)) = row[known[k]];
  }
  const RowMajor mixing = -columns.transpose();
  const std::vector<float> zero(lost, 0.0F);
  const std::array<ptrdiff_t, 1> here = {0};
  if (!known.empty()) {
    Mix(mixing, zero, here, to_known.data(), to_known.cols(), weights.data(), weights.cols(), known.size());
  }
  return weights;
}

// Rows of planes, one after the other, with a cell more on each side and a row more above and below where `border` is
// 1: copies of the outermost.
struct Patch {
  int border = 0;
  int rows = 0;
  int width = 0;
  std::vector<float> values;  // [planes][rows + 2 border][width + 2 border]

  ptrdiff_t stride() const { return ptrdiff_t(width) + 2 * border; }
  ptrdiff_t plane_stride() const { return (rows + 2 * border) * stride(); }
  ptrdiff_t first_cell() const { return border * stride() + border; }
  size_t cells() const { return size_t(rows * stride() - 2 * border); }
};

Patch CutPatch(const Tensor& tensor, std::span<const int> channels, int first, int rows, int border) {
  Patch patch{border, rows, tensor.width_cells(), {}};
  patch.values.resize(std::max<size_t>(1, channels.size()) * size_t(patch.plane_stride()));
  float* out = patch.values.data();
  for (const int c : channels) {
    for (int y = first - border; y < first + rows + border; ++y, out += patch.stride()) {
      const float* row =
          tensor.plane(c).data() + ptrdiff_t(std::clamp(y, 0, tensor.height_cells() - 1)) * tensor.width_cells();
      if (border > 0) out[0] = row[0];
      std::copy_n(row, patch.width, out + border);
      if (border > 0) out[border + patch.width] = row[patch.width - 1];
    }
  }
  return patch;
}

std::vector<ptrdiff_t> TapsOf(const Patch& patch) {
  if (patch.border == 0) return {0};
  return {0, -1, 1, -patch.stride(), patch.stride()};
}

// One group: what its lost rows are made of, and making them.
class GroupCompletion {
 public:
  GroupCompletion(const CompletionModel& model, const RowGroup& group) : model_(model), group_(group) {
    const int channels = model.channels;
    const int blocks = model.neighbours ? kNeighbourBlocks : 1;
    std::vector<int> unknown;
    for (int block = 1; block < blocks; ++block) {
      for (const int c : group.lost) unknown.push_back(block * channels + c);
    }
    unknown.insert(unknown.end(), group.lost.begin(), group.lost.end());
    std::vector<int> known;
    for (const int c : group.received) {
      for (int block = 0; block < blocks; ++block) known.push_back(block * channels + c);
    }
    own_ = Eigen::Index(known.size());
    for (int c = 0; model.reference && c < channels; ++c) known.push_back(blocks * channels + c);
    weights_ = WeightsOf(model, unknown, group.lost.size(), known);
    for (size_t i = 0; i < group.lost.size(); ++i) {
      double start = model.mean[size_t(group.lost[i])];
      for (size_t k = 0; k < known.size(); ++k) {
        start -= double(weights_(Eigen::Index(i), Eigen::Index(k))) * double(model.mean[size_t(known[k])]);
      }
      start_.push_back(float(start));
    }
    for (int c = 0; c < channels; ++c) all_.push_back(c);
  }

  void Fill(int first, int rows, const Tensor* reference, const ReceivedRange& range, Tensor* tensor) const {
    const Patch patch = CutPatch(*tensor, group_.received, first, rows, model_.neighbours ? 1 : 0);
    const size_t cells = patch.cells();
    std::vector<float> out(group_.lost.size() * cells);
    Mix(weights_.leftCols(own_), start_, TapsOf(patch), patch.values.data() + patch.first_cell(), patch.plane_stride(),
        out.data(), ptrdiff_t(cells), cells);
    std::vector<float> moved;
    if (model_.reference) {
      const Patch from = CutPatch(*reference, all_, first, rows, 0);
      moved.resize(group_.lost.size() * from.cells());
      const std::vector<float> zero(group_.lost.size(), 0.0F);
      Mix(weights_.rightCols(weights_.cols() - own_), zero, TapsOf(from), from.values.data(), from.plane_stride(),
          moved.data(), from.plane_stride(), from.cells());
    }
    for (size_t i = 0; i < group_.lost.size(); ++i) {
      for (int y = 0; y < rows; ++y) {
        const float* row = out.data() + i * cells + size_t(y * patch.stride());
        const float* add = moved.data() + (i * size_t(rows) + size_t(y)) * size_t(patch.width);
        float* to = tensor->plane(group_.lost[i]).data() + size_t(first + y) * size_t(patch.width);
        for (int x = 0; x < patch.width; ++x) to[x] = range.Clip(model_.reference ? row[x] + add[x] : row[x]);
      }
    }
  }

 private:
  const CompletionModel& model_;
  const RowGroup& group_;
  Eigen::Index own_ = 0;  // known variables of the tensor itself; those of the reference come after them
  RowMajor weights_;
  std::vector<float> start_;
  std::vector<int> all_;
};

}  // namespace

CompletionModel ModelOf(const Moments& moments, int channels, bool neighbours, bool reference, float ridge) {
  CompletionModel model{channels, neighbours, reference, moments.mean, {}};
  model.precision = PrecisionOf(moments.covariance, model.variables(), ridge);
  return model;
}

void Complete(const CompletionModel& model, const std::vector<RowGroup>& groups, const Tensor* reference,
              const ReceivedRange& range, CompletedRows rows, Tensor* tensor) {
  for (const RowGroup& group : groups) {
    if (group.lost.empty()) continue;
    const GroupCompletion completion(model, group);
    if (rows == CompletedRows::kAll || group.rows <= 2) {
      completion.Fill(group.first, group.rows, reference, range, tensor);
    } else {
      completion.Fill(group.first, 1, reference, range, tensor);
      completion.Fill(group.first + group.rows - 1, 1, reference, range, tensor);
    }
  }
}

}  // namespace fsc
