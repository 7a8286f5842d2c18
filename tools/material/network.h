// network.h: the small split network that ships: its layers, written once as TorchScript, for training and for use
// alike.
//
// Private to the training tool: this header shows LibTorch.
//
// front  N x 3 x H x W (H, W multiples of 8)  ->  N x 64 x H/8 x W/8, >= 0: three 3x3 convolutions of stride 2, two
// residual
//        blocks with dilated convolutions, every convolution followed by BatchNorm
// back   ->  N x classes x H x W logits: a 3x3 and a 1x1 convolution, pixel shuffle by 4, bilinear by 2
#ifndef FSC_TOOLS_MATERIAL_NETWORK_H_
#define FSC_TOOLS_MATERIAL_NETWORK_H_

#include <torch/script.h>

#include <string>
#include <vector>

namespace fsc::material {

struct SplitNetwork {
  torch::jit::Module front{"Front"};
  torch::jit::Module back{"Back"};

  // All weights that training changes.
  std::vector<torch::Tensor> Parameters() const;
  torch::Tensor Features(const torch::Tensor& input);
  torch::Tensor LogitsOf(const torch::Tensor& features);
  void SetTraining(bool on);
};

inline constexpr int kSplitChannels = 64;
inline constexpr int kSplitStride_px = 8;

// He initialisation from torch's global generator (seed it first). May throw c10::Error.
SplitNetwork MakeNetwork(int classes);
// The weights of a network saved as front.pt and back.pt in `folder`. Throws c10::Error where the files are missing or
// damaged or hold another network.
SplitNetwork LoadNetwork(const std::string& folder, int classes);

// (pixel / 255 - mean) / std, R, G, B: the same numbers stand in model.json.
inline constexpr float kInputMean = 0.5f;
inline constexpr float kInputStd = 0.25f;

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_NETWORK_H_
