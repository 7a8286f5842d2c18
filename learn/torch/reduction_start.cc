#include "learn/torch/reduction_start.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "learn/torch/gradient_back.h"
#include "learn/torch/reduction_network.h"

namespace fsc {
namespace {

constexpr int64_t kMostCells = 50'000;
constexpr double kEpsilon = 0.05;  // of A: what the task does not see keeps some weight
constexpr double kLeastUnit = 1e-12;
constexpr double kRidge = 1e-4;  // of the least squares, over the diagonal
constexpr double kLeastRidge = 1e-9;

// A and its inverse.
std::pair<torch::Tensor, torch::Tensor> Weight(const torch::Tensor& gram, int64_t channels) {
  const torch::TensorOptions wide = torch::kFloat64;
  if (!gram.defined()) return {torch::eye(channels, wide), torch::eye(channels, wide)};
  const torch::Tensor g = gram.to(torch::kFloat64);
  const double mean = g.trace().item<double>() / double(channels);
  const auto [values, vectors] = torch::linalg_eigh(g / std::max(mean, std::numeric_limits<double>::min()));
  const torch::Tensor root = (values.clamp_min(0) + kEpsilon).sqrt();
  return {(vectors * root).matmul(vectors.t()), (vectors / root).matmul(vectors.t())};
}

}  // namespace

CellSamples SampleCells(std::span<const FeatureFrame* const> frames, const std::vector<ReductionSource>& sources) {
  const torch::NoGradGuard no_gradients;
  const int64_t most = std::max<int64_t>(1, kMostCells / int64_t(frames.size()));
  std::vector<torch::Tensor> pieces;
  std::vector<int64_t> counts;  // channels of each source
  torch::Tensor lowest;
  for (const FeatureFrame* frame : frames) {
    std::vector<torch::Tensor> layers;
    for (const Tensor& layer : frame->layers) layers.push_back(TorchTensorOf(layer));
    counts.clear();
    for (const ReductionSource& source : sources) {
      counts.push_back(layers[size_t(source.layer)].size(1) * source.fold * source.fold);
    }
    const torch::Tensor flat = FoldLayers(layers, sources)[0].flatten(1);
    const torch::Tensor low = std::get<0>(flat.min(1));
    lowest = lowest.defined() ? torch::minimum(lowest, low) : low;
    pieces.push_back(flat.slice(1, 0, flat.size(1), SampleStep(flat.size(1), most)).clone());
  }
  CellSamples samples;
  samples.cells = torch::cat(pieces, 1);
  samples.scale = torch::ones({samples.cells.size(0)});
  int64_t first = 0;
  for (const int64_t count : counts) {
    const torch::Tensor part = samples.cells.narrow(0, first, count);
    const double variance = (part - part.mean(1, true)).square().mean().item<double>();
    samples.scale.narrow(0, first, count).fill_(1 / std::sqrt(std::max(variance, kLeastVariance)));
    first += count;
  }
  const float none = -std::numeric_limits<float>::infinity();
  samples.low = torch::where(lowest >= 0, torch::zeros_like(lowest), torch::full_like(lowest, none));
  return samples;
}

ReductionStart StartFromComponents(const CellSamples& samples, const torch::Tensor& gram, int planes) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor scale = samples.scale.to(torch::kFloat64);
  const torch::Tensor wide = samples.cells.to(torch::kFloat64) * scale.unsqueeze(1);
  torch::Tensor scaled_gram;
  if (gram.defined()) scaled_gram = gram.to(torch::kFloat64) / (scale.unsqueeze(0) * scale.unsqueeze(1));
  const torch::Tensor mean = wide.mean(1);
  const auto [forward, backward] = Weight(scaled_gram, wide.size(0));
  const torch::Tensor centred = forward.matmul(wide - mean.unsqueeze(1));
  const torch::Tensor covariance = centred.matmul(centred.t()) / double(centred.size(1));
  const torch::Tensor vectors = std::get<1>(torch::linalg_eigh(covariance)).flip(1);
  const torch::Tensor basis = vectors.slice(1, 0, planes).t();  // planes x channels
  const double unit = kPlaneUnit * std::max(covariance.diagonal().mean().sqrt().item<double>(), kLeastUnit);

  ReductionStart start;
  start.scale = samples.scale.to(torch::kFloat32);
  start.low = samples.low.to(torch::kFloat32);
  const torch::Tensor analysis = basis.matmul(forward) / unit;
  start.encoder = analysis.to(torch::kFloat32);
  start.encoder_bias = (-analysis.matmul(mean)).to(torch::kFloat32);
  start.decoder = torch::zeros({wide.size(0), planes, 3, 3});
  start.decoder.select(3, 1).select(2, 1).copy_(backward.matmul(basis.t()) * unit);
  start.decoder_bias = mean.to(torch::kFloat32);
  return start;
}

void FitDecoder(const std::vector<torch::Tensor>& pieces, double noise, torch::Generator generator,
                ReductionStart* start) {
  const torch::NoGradGuard no_gradients;
  const int64_t planes = start->encoder.size(0), channels = start->encoder.size(1), taps = 9 * planes + 1;
  torch::Tensor squares = torch::zeros({taps, taps}, torch::kFloat64);
  torch::Tensor products = torch::zeros({taps, channels}, torch::kFloat64);
  for (const torch::Tensor& piece : pieces) {
    const torch::Tensor x = piece * start->scale.reshape({1, -1, 1, 1});
    torch::Tensor y = torch::conv2d(x, start->encoder.unsqueeze(2).unsqueeze(3), start->encoder_bias);
    y = y + (torch::rand(y.sizes(), generator) - 0.5) * noise;
    // As the restorer sees it: zeros outside.
    const torch::Tensor patches = torch::im2col(y, {3, 3}, {1, 1}, {1, 1}, {1, 1})[0];
    const torch::Tensor rows = torch::cat({patches, torch::ones({1, patches.size(1)})}, 0);
    squares += rows.matmul(rows.t());
    products += rows.matmul(x[0].flatten(1).t());
  }
  squares += torch::diag(squares.diagonal() * kRidge + kLeastRidge);
  const torch::Tensor fitted = std::get<0>(torch::linalg_solve_ex(squares, products)).t();  // channels x taps
  if (!fitted.isfinite().all().item<bool>()) return;
  start->decoder = fitted.slice(1, 0, taps - 1).reshape({channels, planes, 3, 3}).to(torch::kFloat32).contiguous();
  start->decoder_bias = fitted.select(1, taps - 1).to(torch::kFloat32).contiguous();
}

}  // namespace fsc
