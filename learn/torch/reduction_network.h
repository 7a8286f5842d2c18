// reduction_network.h: a reducer and a restorer while they are trained; core/conv_net.h is what becomes of them.
//
// Private to this folder: this header shows LibTorch, and is not installed. Functions may throw c10::Error.
//
// Inside, x is scaled by fixed weights, so that the same rate of learning suits every network; the ConvNets have the
// scale in their weights.
//   planes   = reducer * x + bias                                  1x1 or 3x3
//   restored = max(low, main * planes + bias + branch(planes))     3x3; branch: 3x3, ReLU, 3x3
// x holds the folded channels of all sources (codec/profile/profile.h, ReducedPart), N x C x H x W. Planes are in units
// of the quantiser's step that they are trained for.
#ifndef FSC_LEARN_TORCH_REDUCTION_NETWORK_H_
#define FSC_LEARN_TORCH_REDUCTION_NETWORK_H_

#include <torch/types.h>

#include <vector>

#include "core/conv_net.h"
#include "fsc/feature_frame.h"
#include "learn/reduction_sources.h"
#include "learn/torch/reduction_start.h"
#include "models/model_spec.h"

namespace fsc {

// Of weights as torch::conv2d takes them.
Convolution ConvolutionOf(const torch::Tensor& weight, const torch::Tensor& bias, bool relu);

struct ReductionShape {
  int channels = 0;        // folded, of all sources
  int planes = 0;          // 1..channels
  int reducer_kernel = 1;  // 1 or 3
  int branch_width = 64;   // 0 = no branch
};

class ReductionNetwork {
 public:
  // `start` has the shape's channels and planes. The branch adds nothing at first; its random numbers come from
  // `generator`.
  ReductionNetwork(const ReductionShape& shape, const ReductionStart& start, torch::Generator generator);

  torch::Tensor Reduce(const torch::Tensor& features) const;
  torch::Tensor Restore(const torch::Tensor& planes) const;

  std::vector<torch::Tensor> ReducerParameters() const;
  std::vector<torch::Tensor> Parameters() const;  // all, the reducer's two first
  std::vector<torch::Tensor> RestorerParameters() const;
  // Copies of the values, and back.
  std::vector<torch::Tensor> Snapshot() const;
  void Load(const std::vector<torch::Tensor>& snapshot);

  ConvNet Reducer() const;
  ConvNet Restorer() const;

 private:
  ReductionShape shape_;
  torch::Tensor scale_;  // 1 x channels x 1 x 1
  torch::Tensor reducer_weight_, reducer_bias_;
  torch::Tensor main_weight_, main_bias_;
  torch::Tensor inner_weight_, inner_bias_, outer_weight_, outer_bias_;  // the branch; undefined without one
  torch::Tensor low_;                                                    // 1 x channels x 1 x 1
};

// N x C x H x W to N x (fold * fold * C) x H / fold x W / fold and back, in the order of ReducedPart; past the right
// and lower edge the last cells repeat. Unfold cuts to `height` x `width`.
torch::Tensor FoldCells(const torch::Tensor& features, int fold);
torch::Tensor UnfoldCells(const torch::Tensor& folded, int fold, int64_t height, int64_t width);

// All sources folded, one after the other; and back, to the sizes of `like`.
torch::Tensor FoldLayers(const std::vector<torch::Tensor>& layers, const std::vector<ReductionSource>& sources);
std::vector<torch::Tensor> UnfoldLayers(const torch::Tensor& folded, const std::vector<ReductionSource>& sources,
                                        const std::vector<torch::Tensor>& like);

// kBadInput unless `frame` has the model's layers and channels.
Status CheckLayersOf(const FeatureFrame& frame, const ModelSpec& spec);

}  // namespace fsc

#endif  // FSC_LEARN_TORCH_REDUCTION_NETWORK_H_
