// back_weights.h: how the losses of several backs become one while a reduction is trained for all of them.
//
// L_i: the loss of back i; L_r: the rate. The weighting is Kendall's, as the multi-task paper has it
// (learn/torch/compressibility_loss.h): sum w_i L_i + w_r L_r + log sqrt(1 / (a w)), all w trained with the network.
// Every w starts where it is stationary, w L = 1/2. With a fixed lambda the rate is not one of the terms: lambda is its
// weight against the weighted mean of L_i.
//
// Private to this folder: this header shows LibTorch, and is not installed. Functions may throw c10::Error.
#ifndef FSC_LEARN_TORCH_BACK_WEIGHTS_H_
#define FSC_LEARN_TORCH_BACK_WEIGHTS_H_

#include <torch/types.h>

#include <optional>
#include <vector>

#include "learn/torch/compressibility_loss.h"
#include "models/model_spec.h"

namespace fsc {

class BackWeights {
 public:
  // `start`: L_i and, where `lambda` is empty, L_r, at the start.
  BackWeights(const std::vector<TaskKind>& kinds, std::optional<double> lambda, const std::vector<double>& start);

  // For the optimiser, without decay.
  torch::Tensor log_weights() const { return loss_.log_weights(); }
  // Of the backs and, where it is trained, of the rate.
  std::vector<double> Weights() const { return loss_.Weights(); }

  // What to differentiate: over the sum of the backs' weights now, so that gradients stay of one size.
  torch::Tensor Objective(const std::vector<torch::Tensor>& backs, const torch::Tensor& rate) const;

  // What tells a better network from a worse one, whatever the weights are now: the geometric mean of all L, which is
  // what is left of the paper's sum at the best weights; or, with lambda, the mean of L_i, each weighted with 1 / its
  // start, plus lambda L_r.
  double Score(const std::vector<double>& backs, double rate) const;

 private:
  MultiTaskLoss loss_;
  std::optional<double> lambda_;
  std::vector<double> start_;
};

}  // namespace fsc

#endif  // FSC_LEARN_TORCH_BACK_WEIGHTS_H_
