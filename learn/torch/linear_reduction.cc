#include "learn/linear_reduction.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "learn/torch/functions.h"
#include "learn/torch/gradient_back.h"
#include "learn/torch/reduction_network.h"

namespace fsc {
namespace {

constexpr int64_t kCellsPerFrame = 4096;

std::vector<float> FloatsOf(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.to(torch::kFloat32).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

std::vector<double> DoublesOf(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.to(torch::kFloat64).contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

Convolution Pointwise(const torch::Tensor& matrix, const torch::Tensor& bias) {
  Convolution result;
  result.outputs = int(matrix.size(0));
  result.inputs = int(matrix.size(1));
  result.weights = FloatsOf(matrix);
  result.bias = FloatsOf(bias);
  return result;
}

class TorchChannelStatistics : public ChannelStatistics {
 public:
  TorchChannelStatistics(ModelSpec spec, std::vector<ReductionSource> sources)
      : spec_(std::move(spec)), sources_(std::move(sources)), channels_(FoldedChannels(spec_, sources_)) {
    sum_ = torch::zeros({channels_}, torch::kFloat64);
    products_ = torch::zeros({channels_, channels_}, torch::kFloat64);
    lowest_ = torch::full({channels_}, std::numeric_limits<double>::infinity(), torch::kFloat64);
  }

  Status Add(const FeatureFrame& frame) override try {
    const torch::NoGradGuard no_gradients;
    FSC_RETURN_IF_ERROR(CheckLayersOf(frame, spec_));
    std::vector<torch::Tensor> layers;
    for (const Tensor& layer : frame.layers) layers.push_back(TorchTensorOf(layer));
    const torch::Tensor all = FoldLayers(layers, sources_)[0].flatten(1);
    lowest_ = torch::minimum(lowest_, std::get<0>(all.min(1)).to(torch::kFloat64));
    const torch::Tensor cells =
        all.slice(1, 0, all.size(1), SampleStep(all.size(1), kCellsPerFrame)).to(torch::kFloat64);
    sum_ += cells.sum(1);
    products_ += cells.matmul(cells.t());
    cells_ += cells.size(1);
    return {};
  } catch (const std::exception& e) {
    return Internal("LibTorch failed while adding up statistics", e.what());
  }

  int channels() const override { return channels_; }

  Result<LinearReduction> Fit(std::span<const double> gram, const LinearReductionConfig& config) const override try {
    const torch::NoGradGuard no_gradients;
    if (cells_ == 0) return Usage("no frame to take statistics from", spec_.json_path);
    if (config.planes > channels_) {
      return Usage("more planes than channels: " + std::to_string(config.planes) + " of " + std::to_string(channels_),
                   spec_.json_path, "ask for fewer planes");
    }
    if (config.weight != TaskWeight::kNone && gram.size() != size_t(channels_) * size_t(channels_)) {
      return Usage("the sensitivity does not fit the part", spec_.json_path);
    }
    const auto [forward, backward] = Weights(gram, config);
    const torch::Tensor mean = sum_ / double(cells_);
    const auto [values, vectors] = torch::linalg_eigh(forward.matmul(Covariance()).matmul(forward.t()));
    const torch::Tensor variance = values.flip(0).clamp_min(0);
    const double unit = kPlaneUnit * std::sqrt(std::max(variance.mean().item<double>(), kLeastVariance));
    const std::vector<double> variances = DoublesOf(variance / (unit * unit));
    const int planes = config.planes > 0 ? config.planes : PlanesFor(variances, config.dropped_energy);
    const torch::Tensor basis = vectors.flip(1).slice(1, 0, planes).t();  // planes x channels

    LinearReduction result;
    result.plane_variance = variances;
    const torch::Tensor analysis = basis.matmul(forward) / unit;
    result.reducer.main = {Pointwise(analysis, -analysis.matmul(mean))};
    result.reducer.low.assign(size_t(planes), -std::numeric_limits<float>::infinity());
    result.restorer.main = {Pointwise(backward.matmul(basis.t()) * unit, mean)};
    for (const double low : DoublesOf(lowest_)) {
      result.restorer.low.push_back(low >= 0 ? 0 : -std::numeric_limits<float>::infinity());
    }
    return result;
  } catch (const std::exception& e) {
    return Internal("LibTorch failed while fitting a transform", e.what());
  }

 private:
  torch::Tensor Covariance() const {
    const torch::Tensor mean = sum_ / double(cells_);
    return products_ / double(cells_) - mean.unsqueeze(1) * mean.unsqueeze(0);
  }

  // A and its inverse.
  std::pair<torch::Tensor, torch::Tensor> Weights(std::span<const double> gram,
                                                  const LinearReductionConfig& config) const {
    const torch::TensorOptions wide = torch::kFloat64;
    if (config.weight == TaskWeight::kNone) {
      torch::Tensor deviation = torch::ones({channels_}, wide);
      int64_t first = 0;
      const torch::Tensor variances = Covariance().diagonal();
      for (const ReductionSource& source : sources_) {
        const int64_t count = int64_t{spec_.layers[size_t(source.layer)].channels} * source.fold * source.fold;
        const double variance = variances.narrow(0, first, count).mean().item<double>();
        deviation.narrow(0, first, count).fill_(std::sqrt(std::max(variance, kLeastVariance)));
        first += count;
      }
      return {torch::diag(1 / deviation), torch::diag(deviation)};
    }
    torch::Tensor g = torch::from_blob(const_cast<double*>(gram.data()), {channels_, channels_}, wide).clone();
    g /= std::max(g.trace().item<double>() / channels_, std::numeric_limits<double>::min());
    const torch::Tensor diagonal = torch::diag(g.diagonal());
    if (config.weight == TaskWeight::kDiagonal) g = diagonal;
    if (config.weight == TaskWeight::kBlended) g = (g + diagonal) / 2;
    const auto [values, vectors] = torch::linalg_eigh(g);
    const torch::Tensor root = (values.clamp_min(0) + config.epsilon).sqrt();
    return {(vectors * root).matmul(vectors.t()), (vectors / root).matmul(vectors.t())};
  }

  static int PlanesFor(const std::vector<double>& variances, double dropped_energy) {
    double total = 0;
    for (const double v : variances) total += v;
    double left = total;
    int planes = 0;
    while (planes < int(variances.size()) && (planes == 0 || left > dropped_energy * total)) {
      left -= variances[size_t(planes++)];
    }
    return planes;
  }

  ModelSpec spec_;
  std::vector<ReductionSource> sources_;
  int channels_;
  torch::Tensor sum_, products_, lowest_;
  int64_t cells_ = 0;
};

}  // namespace

Result<std::unique_ptr<ChannelStatistics>> torch_net::CreateChannelStatistics(const ModelSpec& spec,
                                                                              std::vector<ReductionSource> sources) {
  const int channels = FoldedChannels(spec, sources);
  if (channels < 1 || channels > ChannelStatistics::kMaxChannels) {
    return Usage("a part of " + std::to_string(channels) + " channels", spec.json_path,
                 "at most " + std::to_string(ChannelStatistics::kMaxChannels) + " can be transformed");
  }
  return std::unique_ptr<ChannelStatistics>(std::make_unique<TorchChannelStatistics>(spec, std::move(sources)));
}

std::vector<double> torch_net::NormalisedSpectrum(std::span<const double> matrix, int n) {
  try {
    const torch::Tensor square = torch::from_blob(const_cast<double*>(matrix.data()), {n, n}, torch::kFloat64);
    const torch::Tensor values = torch::linalg_eigvalsh(square).flip(0);
    return DoublesOf(values / values.mean().clamp_min(std::numeric_limits<double>::min()));
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace fsc
