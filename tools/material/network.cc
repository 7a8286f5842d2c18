#include "tools/material/network.h"

#include <fmt/format.h>

#include <cmath>

namespace fsc::material {
namespace {

// Registers a convolution with BatchNorm under `name` and returns the TorchScript expression that applies both to
// `input`.
std::string AddConvolution(torch::jit::Module* module, const std::string& name, const std::string& input,
                           int in_channels, int out_channels, int stride, int dilation) {
  const double deviation = std::sqrt(2.0 / (9.0 * out_channels));
  auto weight = torch::randn({out_channels, in_channels, 3, 3}) * deviation;
  module->register_parameter(name + "_w", weight.set_requires_grad(true), false);
  module->register_parameter(name + "_scale", torch::ones({out_channels}).set_requires_grad(true), false);
  module->register_parameter(name + "_shift", torch::zeros({out_channels}).set_requires_grad(true), false);
  module->register_buffer(name + "_mean", torch::zeros({out_channels}));
  module->register_buffer(name + "_var", torch::ones({out_channels}));
  return fmt::format(
      "torch.batch_norm(torch.conv2d({1}, self.{0}_w, None, [{2}, {2}], [{3}, {3}], [{3}, {3}], 1), "
      "self.{0}_scale, self.{0}_shift, self.{0}_mean, self.{0}_var, self.training, 0.1, 1e-05, False)",
      name, input, stride, dilation);
}

std::string AddResidualBlock(torch::jit::Module* module, const std::string& name, int channels, int dilation) {
  const std::string first = AddConvolution(module, name + "a", "x", channels, channels, 1, dilation);
  const std::string second = AddConvolution(module, name + "b", "y", channels, channels, 1, 1);
  return fmt::format("    y = torch.relu({})\n    x = torch.relu(x + {})\n", first, second);
}

// Copies every parameter and buffer of `from`, which must have the same names and shapes.
void CopyWeights(const torch::jit::Module& from, torch::jit::Module* to) {
  const torch::NoGradGuard no_gradients;
  const auto copy = [&](const auto& source, const auto& target) {
    TORCH_CHECK(source.size() == target.size(), "another network");
    auto theirs = source.begin();
    for (const auto& ours : target) {
      const auto value = *theirs;
      TORCH_CHECK(value.name == ours.name && value.value.sizes() == ours.value.sizes(), "another network at ",
                  ours.name);
      torch::Tensor weights = ours.value;
      weights.copy_(value.value);
      ++theirs;
    }
  };
  copy(from.named_parameters(), to->named_parameters());
  copy(from.named_buffers(), to->named_buffers());
}

void Define(torch::jit::Module* module, const std::string& body) {
  module->define("def forward(self, x):\n" + body + "    return x\n");
}

}  // namespace

SplitNetwork MakeNetwork(int classes) {
  SplitNetwork network;
  torch::jit::Module* front = &network.front;
  front->register_attribute("training", c10::BoolType::get(), true);
  std::string body;
  const int widths[] = {3, 16, 32, kSplitChannels};
  for (int stage = 0; stage < 3; ++stage) {
    body += fmt::format("    x = torch.relu({})\n", AddConvolution(front, fmt::format("stage{}", stage), "x",
                                                                   widths[stage], widths[stage + 1], 2, 1));
  }
  body += AddResidualBlock(front, "block0", kSplitChannels, 2);
  body += AddResidualBlock(front, "block1", kSplitChannels, 4);
  Define(front, body);

  torch::jit::Module* back = &network.back;
  back->register_attribute("training", c10::BoolType::get(), true);
  body =
      fmt::format("    x = torch.relu({})\n", AddConvolution(back, "mix", "x", kSplitChannels, kSplitChannels, 1, 1));
  auto head = torch::randn({classes * 16, kSplitChannels, 1, 1}) * 0.05;
  back->register_parameter("head_w", head.set_requires_grad(true), false);
  back->register_parameter("head_b", torch::zeros({classes * 16}).set_requires_grad(true), false);
  body +=
      "    x = torch.conv2d(x, self.head_w, self.head_b, [1, 1], [0, 0], [1, 1], 1)\n"
      "    x = torch.pixel_shuffle(x, 4)\n"
      "    x = torch.upsample_bilinear2d(x, [2 * x.size(2), 2 * x.size(3)], False, None, None)\n";
  Define(back, body);
  return network;
}

SplitNetwork LoadNetwork(const std::string& folder, int classes) {
  SplitNetwork network = MakeNetwork(classes);
  CopyWeights(torch::jit::load(folder + "/front.pt"), &network.front);
  CopyWeights(torch::jit::load(folder + "/back.pt"), &network.back);
  return network;
}

std::vector<torch::Tensor> SplitNetwork::Parameters() const {
  std::vector<torch::Tensor> all;
  for (const torch::Tensor& parameter : front.parameters()) all.push_back(parameter);
  for (const torch::Tensor& parameter : back.parameters()) all.push_back(parameter);
  return all;
}

torch::Tensor SplitNetwork::Features(const torch::Tensor& input) {
  return front.forward({input}).toTensor();
}

torch::Tensor SplitNetwork::LogitsOf(const torch::Tensor& features) {
  return back.forward({features}).toTensor();
}

void SplitNetwork::SetTraining(bool on) {
  front.setattr("training", on);
  back.setattr("training", on);
}

}  // namespace fsc::material
