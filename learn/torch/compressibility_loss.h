// compressibility_loss.h: what makes a network learn features that compress well, and how several losses share one
// training run. From S. R. Alvar and I. V. Bajic, "Multi-task learning with compressible features for collaborative
// intelligence", ICIP 2019; the weighting is Kendall, Gal and Cipolla's, CVPR 2018.
//
// Of this folder and the training tool: this header shows LibTorch, and is not installed. Functions may throw
// c10::Error, as LibTorch's own do; callers catch it.
#ifndef FSC_LEARN_TORCH_COMPRESSIBILITY_LOSS_H_
#define FSC_LEARN_TORCH_COMPRESSIBILITY_LOSS_H_

#include <torch/types.h>

#include <vector>

namespace fsc {

// The orthonormal DCT-II as a matrix, size x size, float64: row r, column k is c cos(pi (2k + 1) r / (2 size)) with
// c = sqrt(2 / size), in row 0 sqrt(1 / size).
torch::Tensor DctMatrix(int64_t size);

// L_r = 1 / (H W C) sum_i || M_H Z_i M_W^T ||_1, Z_i = (F_i D_W + D_H^T F_i) / 2: the absolute sum of a DCT over each
// whole channel F_i (H x W) of its mean horizontal and vertical difference. D has 1 on its diagonal and -1 above it, so
// that the first column and the first row are kept as they are.
//
// `features` is N x C x H x W or C x H x W, floating point, at least one element; the result is a scalar of its type,
// the mean over N, and differentiable. Where a coefficient is 0 its derivative is 0 (the paper says 1).
// It is linear in the scale of the features: weigh it against a noise or a step of fixed size, or it is lowered by
// shrinking them.
torch::Tensor CompressibilityLoss(const torch::Tensor& features);

// sum_i w_i L_i + log sqrt(1 / (a_i w_i)) with trainable w_i > 0; a_i is 1 for a loss that is a negative
// log-likelihood of classes, 2 for an error (squared, absolute, or the rate above). For losses that stay as they are
// the minimum is at w_i L_i = 1/2, whatever a_i.
class MultiTaskLoss {
 public:
  enum class Kind { kClassification, kError };

  // One loss each, and its weight at the start (> 0).
  struct Task {
    Kind kind = Kind::kError;
    double start_weight = 1;
  };

  explicit MultiTaskLoss(const std::vector<Task>& tasks);

  // The logarithms s_i of the weights, one tensor of float64, for the optimiser. Weight decay would pull every w_i
  // towards 1: give it none.
  torch::Tensor log_weights() const { return log_weights_; }
  // w_i now.
  std::vector<double> Weights() const;

  // The combined loss of scalar losses in the order of the tasks, a scalar of their type.
  torch::Tensor Combine(const std::vector<torch::Tensor>& losses) const;

 private:
  std::vector<Kind> kinds_;
  torch::Tensor log_weights_;
};

}  // namespace fsc

#endif  // FSC_LEARN_TORCH_COMPRESSIBILITY_LOSS_H_
