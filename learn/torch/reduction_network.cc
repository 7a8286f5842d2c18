#include "learn/torch/reduction_network.h"

#include <torch/torch.h>

#include <limits>
#include <utility>

namespace fsc {
namespace {

std::vector<float> ValuesOf(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kFloat32).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

torch::Tensor Convolve(const torch::Tensor& in, const torch::Tensor& weight, const torch::Tensor& bias) {
  return torch::conv2d(in, weight, bias, 1, weight.size(2) / 2);
}

// 1x1 weights in the middle of a larger kernel.
torch::Tensor Centred(const torch::Tensor& matrix, int kernel) {
  torch::Tensor weight = torch::zeros({matrix.size(0), matrix.size(1), kernel, kernel});
  weight.select(3, kernel / 2).select(2, kernel / 2).copy_(matrix);
  return weight;
}

}  // namespace

Convolution ConvolutionOf(const torch::Tensor& weight, const torch::Tensor& bias, bool relu) {
  Convolution result;
  result.outputs = int(weight.size(0));
  result.inputs = int(weight.size(1));
  result.kernel = int(weight.size(2));
  result.relu = relu;
  result.weights = ValuesOf(weight);
  result.bias = ValuesOf(bias);
  return result;
}

ReductionNetwork::ReductionNetwork(const ReductionShape& shape, const ReductionStart& start, torch::Generator generator)
    : shape_(shape), scale_(start.scale.reshape({1, -1, 1, 1})), low_(start.low.reshape({1, -1, 1, 1})) {
  const torch::NoGradGuard no_gradients;
  reducer_weight_ = Centred(start.encoder, shape.reducer_kernel);
  reducer_bias_ = start.encoder_bias.clone();
  main_weight_ = start.decoder.clone();
  main_bias_ = start.decoder_bias.clone();
  if (shape.branch_width > 0) {
    const double bound = 1 / std::sqrt(9.0 * shape.planes);
    inner_weight_ = torch::empty({shape.branch_width, shape.planes, 3, 3}).uniform_(-bound, bound, generator);
    inner_bias_ = torch::empty({shape.branch_width}).uniform_(-bound, bound, generator);
    outer_weight_ = torch::zeros({shape.channels, shape.branch_width, 3, 3});
    outer_bias_ = torch::zeros({shape.channels});
  }
  for (torch::Tensor parameter : Parameters()) parameter.set_requires_grad(true);
}

torch::Tensor ReductionNetwork::Reduce(const torch::Tensor& features) const {
  return Convolve(features * scale_, reducer_weight_, reducer_bias_);
}

torch::Tensor ReductionNetwork::Restore(const torch::Tensor& planes) const {
  torch::Tensor restored = Convolve(planes, main_weight_, main_bias_);
  if (shape_.branch_width > 0) {
    restored =
        restored + Convolve(torch::relu(Convolve(planes, inner_weight_, inner_bias_)), outer_weight_, outer_bias_);
  }
  return torch::maximum(restored / scale_, low_);
}

std::vector<torch::Tensor> ReductionNetwork::RestorerParameters() const {
  std::vector<torch::Tensor> all = {main_weight_, main_bias_};
  if (shape_.branch_width > 0) {
    for (const torch::Tensor& parameter : {inner_weight_, inner_bias_, outer_weight_, outer_bias_}) {
      all.push_back(parameter);
    }
  }
  return all;
}

std::vector<torch::Tensor> ReductionNetwork::ReducerParameters() const {
  return {reducer_weight_, reducer_bias_};
}

std::vector<torch::Tensor> ReductionNetwork::Parameters() const {
  std::vector<torch::Tensor> all = ReducerParameters();
  for (const torch::Tensor& parameter : RestorerParameters()) all.push_back(parameter);
  return all;
}

std::vector<torch::Tensor> ReductionNetwork::Snapshot() const {
  std::vector<torch::Tensor> copies;
  for (const torch::Tensor& parameter : Parameters()) copies.push_back(parameter.detach().clone());
  return copies;
}

void ReductionNetwork::Load(const std::vector<torch::Tensor>& snapshot) {
  const torch::NoGradGuard no_gradients;
  const std::vector<torch::Tensor> parameters = Parameters();
  for (size_t i = 0; i < parameters.size(); ++i) parameters[i].copy_(snapshot[i]);
}

ConvNet ReductionNetwork::Reducer() const {
  ConvNet net;
  net.main = {ConvolutionOf((reducer_weight_ * scale_).contiguous(), reducer_bias_, false)};
  net.low.assign(size_t(shape_.planes), -std::numeric_limits<float>::infinity());
  return net;
}

ConvNet ReductionNetwork::Restorer() const {
  ConvNet net;
  const torch::Tensor by_output = scale_.reshape({-1, 1, 1, 1}), flat = scale_.reshape({-1});
  net.main = {ConvolutionOf(main_weight_ / by_output, main_bias_ / flat, false)};
  if (shape_.branch_width > 0) {
    net.branch = {ConvolutionOf(inner_weight_, inner_bias_, true),
                  ConvolutionOf(outer_weight_ / by_output, outer_bias_ / flat, false)};
  }
  net.low = ValuesOf(low_);
  return net;
}

torch::Tensor FoldCells(const torch::Tensor& features, int fold) {
  if (fold == 1) return features;
  const int64_t n = features.size(0), channels = features.size(1);
  const int64_t rows = (features.size(2) + fold - 1) / fold, columns = (features.size(3) + fold - 1) / fold;
  torch::Tensor padded = features;
  if (rows * fold != features.size(2) || columns * fold != features.size(3)) {
    padded =
        torch::replication_pad2d(features, {0, columns * fold - features.size(3), 0, rows * fold - features.size(2)});
  }
  return padded.reshape({n, channels, rows, fold, columns, fold})
      .permute({0, 3, 5, 1, 2, 4})
      .reshape({n, fold * fold * channels, rows, columns});
}

torch::Tensor UnfoldCells(const torch::Tensor& folded, int fold, int64_t height, int64_t width) {
  if (fold == 1) return folded.slice(2, 0, height).slice(3, 0, width);
  const int64_t n = folded.size(0), channels = folded.size(1) / (fold * fold);
  const int64_t rows = folded.size(2), columns = folded.size(3);
  return folded.reshape({n, fold, fold, channels, rows, columns})
      .permute({0, 3, 4, 1, 5, 2})
      .reshape({n, channels, rows * fold, columns * fold})
      .slice(2, 0, height)
      .slice(3, 0, width);
}

torch::Tensor FoldLayers(const std::vector<torch::Tensor>& layers, const std::vector<ReductionSource>& sources) {
  std::vector<torch::Tensor> folded;
  for (const ReductionSource& source : sources) {
    folded.push_back(FoldCells(layers[size_t(source.layer)], source.fold));
  }
  return torch::cat(folded, 1);
}

std::vector<torch::Tensor> UnfoldLayers(const torch::Tensor& folded, const std::vector<ReductionSource>& sources,
                                        const std::vector<torch::Tensor>& like) {
  std::vector<torch::Tensor> layers(like.size());
  int64_t first = 0;
  for (const ReductionSource& source : sources) {
    const torch::Tensor& original = like[size_t(source.layer)];
    const int64_t channels = original.size(1) * source.fold * source.fold;
    layers[size_t(source.layer)] =
        UnfoldCells(folded.narrow(1, first, channels), source.fold, original.size(2), original.size(3));
    first += channels;
  }
  return layers;
}

Status CheckLayersOf(const FeatureFrame& frame, const ModelSpec& spec) {
  if (frame.layers.size() != spec.layers.size()) {
    return BadInput("the feature frame has another number of layers than the model", spec.json_path);
  }
  for (size_t i = 0; i < frame.layers.size(); ++i) {
    if (frame.layers[i].channels() == spec.layers[i].channels) continue;
    return BadInput("the feature frame has another number of channels than the model", spec.json_path,
                    "layer \"" + spec.layers[i].name + "\"");
  }
  return {};
}

}  // namespace fsc
