// gradient_back.h: a back network that is run with gradients: how far its output moves when the split tensors move.
//
// Private to this folder: this header shows LibTorch, and is not installed. Unlike TorchModule the network runs as it
// was saved, without the rewriting that only serves inference.
#ifndef FSC_LEARN_TORCH_GRADIENT_BACK_H_
#define FSC_LEARN_TORCH_GRADIENT_BACK_H_

#include <torch/script.h>

#include <memory>
#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "models/model_spec.h"

namespace fsc {

class GradientBack {
 public:
  // The back of `spec`, its weights fixed. kUsage when the model has none, kIo / kBadInput when it cannot be loaded.
  static Result<std::unique_ptr<GradientBack>> Load(const ModelSpec& spec);

  // The one float32 output on `layers` (N x C x H x W each, in the order of the model). `height_px` and `width_px` are
  // of the input, for backs that want them. kBadInput for integers, several outputs, or a back that fails.
  Result<torch::Tensor> Run(const std::vector<torch::Tensor>& layers, int64_t height_px, int64_t width_px) const;

  // d (weights . output) / d layers at `layers`. `weights_of` makes the weights (of the output's shape) from the
  // output. kBadInput when the back cannot be differentiated or a layer gets no gradient; the error names the layer.
  template <class WeightsOf>
  Result<std::vector<torch::Tensor>> Gradients(const std::vector<torch::Tensor>& layers, int64_t height_px,
                                               int64_t width_px, const WeightsOf& weights_of) const {
    std::vector<torch::Tensor> leaves;
    for (const torch::Tensor& layer : layers) leaves.push_back(layer.detach().clone().requires_grad_(true));
    FSC_ASSIGN_OR_RETURN(const torch::Tensor output, Run(leaves, height_px, width_px));
    return Differentiate(output, weights_of(output.detach()), leaves);
  }

  // kBadInput unless a gradient goes from `output` back to each of `leaves`.
  Result<std::vector<torch::Tensor>> Differentiate(const torch::Tensor& output, const torch::Tensor& weights,
                                                   const std::vector<torch::Tensor>& leaves) const;

 private:
  GradientBack(torch::jit::Module module, const ModelSpec& spec);
  Error Failed(const std::string& message) const;

  torch::jit::Module module_;
  std::string path_;
  std::vector<std::string> layer_names_;
  bool takes_size_ = false;
};

// 1 x C x H x W, a copy.
torch::Tensor TorchTensorOf(const Tensor& tensor);

}  // namespace fsc

#endif  // FSC_LEARN_TORCH_GRADIENT_BACK_H_
