// moments.h: mean and covariance of vectors, from tensors whose cells are samples; kept over frames, old ones fading.
#ifndef FSC_CODEC_CONCEAL_MOMENTS_H_
#define FSC_CODEC_CONCEAL_MOMENTS_H_

#include <span>
#include <vector>

#include "fsc/feature_frame.h"

namespace fsc {

// Of n variables. Matrices are [n][n], symmetric.
struct Moments {
  std::vector<float> mean;        // [n]
  std::vector<float> covariance;  // [n][n]
};

// What a cell's variables are: its C channels; with `neighbours` then those of the cells left, right, above and below
// (at the edge the cell itself); with a reference, its channels at the cell.
struct CellVariables {
  bool neighbours = false;
  const Tensor* reference = nullptr;  // of the tensor's shape

  int blocks() const { return 1 + (neighbours ? 4 : 0) + (reference != nullptr ? 1 : 0); }
};

// Over all cells of a tensor. Every `step`-th cell of the rows, counted through, is taken.
Moments MomentsOf(const Tensor& tensor, const CellVariables& variables, int step = 1);
// E[d d^T] of the difference of two tensors of one shape, as a covariance around no mean.
Moments DifferenceMomentsOf(const Tensor& tensor, const Tensor& reference);

// `kept` of the old and 1 - `kept` of the new, as one population: means that differ widen the covariance.
void Blend(float kept, const Moments& fresh, Moments* moments);

// (S + diag(ridge S_ii + 1e-4 mean S_ii))^-1.
std::vector<float> PrecisionOf(std::span<const float> covariance, int n, float ridge);

// The variables of the first `count` in `blocks`, of C each, as a matrix of their own.
std::vector<float> SelectBlocks(std::span<const float> matrix, int n, int channels, std::span<const int> blocks);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_MOMENTS_H_
