#include "learn/task_map_learner.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "learn/torch/feature_crops.h"
#include "learn/torch/functions.h"
#include "learn/torch/gradient_back.h"
#include "learn/torch/reduction_network.h"
#include "learn/torch/task_loss.h"
#include "models/torch/functions.h"

namespace fsc {
namespace {

constexpr double kLearningRate = 1e-2;
constexpr double kWeightDecay = 1e-4;
constexpr double kLeastShare = 1.0 / 64;  // of the mean, that a cell's truth is taken to be at least

torch::Tensor RunChain(const std::vector<Convolution>& chain, torch::Tensor x) {
  for (const Convolution& layer : chain) {
    const auto weights = torch::from_blob(const_cast<float*>(layer.weights.data()),
                                          {layer.outputs, layer.inputs, layer.kernel, layer.kernel});
    const auto bias = torch::from_blob(const_cast<float*>(layer.bias.data()), {layer.outputs});
    x = torch::conv2d(x, weights, bias, 1, layer.kernel / 2);
    if (layer.relu) x = torch::relu(x);
  }
  return x;
}

// codec/profile/conv_net_run.h, so that it can be differentiated.
torch::Tensor RunNet(const ConvNet& net, const torch::Tensor& x) {
  torch::Tensor y = RunChain(net.main, x);
  if (!net.branch.empty()) y = y + RunChain(net.branch, x);
  const auto low = torch::from_blob(const_cast<float*>(net.low.data()), {1, net.outputs(), 1, 1});
  return torch::maximum(y, low);
}

class TorchTaskMapLearner : public TaskMapLearner {
 public:
  TorchTaskMapLearner(std::vector<ModelSpec> specs, std::vector<std::unique_ptr<GradientBack>> backs,
                      std::vector<ReductionSource> sources, const ConvNet& restorer, const TaskMapConfig& config)
      : specs_(std::move(specs)),
        backs_(std::move(backs)),
        sources_(std::move(sources)),
        restorer_(restorer),
        config_(config),
        generator_(at::detail::createCPUGenerator(config.seed)) {}

  Status Add(const FeatureFrame& frame, const Tensor& planes, const InputGeometry& geometry) override try {
    torch_net::SetTorchThreads(config_.threads);
    FSC_RETURN_IF_ERROR(CheckLayersOf(frame, specs_[0]));
    std::vector<torch::Tensor> layers;
    for (const Tensor& layer : frame.layers) layers.push_back(TorchTensorOf(layer));
    Sample sample{TorchTensorOf(planes), {}};
    for (size_t b = 0; b < backs_.size(); ++b) {
      torch::Tensor sum = torch::zeros({1, 1, planes.height_cells(), planes.width_cells()});
      for (int n = 0; n < config_.probes; ++n) {
        const torch::Tensor leaf = sample.planes.clone().requires_grad_(true);
        FSC_ASSIGN_OR_RETURN(const torch::Tensor output,
                             backs_[b]->Run(UnfoldLayers(RunNet(restorer_, leaf), sources_, layers),
                                            geometry.input_height_px, geometry.input_width_px));
        const torch::Tensor probe = RandomTaskProbe(specs_[b].task.kind, output.detach(), generator_);
        FSC_ASSIGN_OR_RETURN(const auto gradients, backs_[b]->Differentiate(output, probe, {leaf}));
        sum += gradients[0].square().sum(1, /*keepdim=*/true);
      }
      sample.truths.push_back(torch::avg_pool2d(sum, 3, 1, 1, /*ceil_mode=*/false, /*count_include_pad=*/false));
    }
    samples_.push_back(std::move(sample));
    return {};
  } catch (const std::exception& e) {
    return Internal("LibTorch failed while looking where errors matter", e.what());
  }

  Result<ConvNet> Fit(double exponent) override try {
    torch_net::SetTorchThreads(config_.threads);
    if (!(exponent > 0) || exponent > 4) return Usage("an exponent of the task map outside 0 .. 4");
    if (!inner_weight_.defined()) FSC_RETURN_IF_ERROR(Train());
    const torch::NoGradGuard no_gradients;
    double sum = 0, cells = 0;
    for (const Sample& sample : samples_) {
      const torch::Tensor weights = (exponent * Predict(sample.planes)).exp2();
      sum += weights.sum(torch::kFloat64).item<double>();
      cells += double(weights.numel());
    }
    ConvNet net;
    // The inputs' scale goes into the first convolution.
    net.main.push_back(ConvolutionOf(inner_weight_ / deviation_, inner_bias_, /*relu=*/true));
    net.main.push_back(ConvolutionOf(exponent * outer_weight_,
                                     exponent * outer_bias_ - std::log2(std::max(sum / cells, 1e-30)),
                                     /*relu=*/false));
    net.low.assign(1, -std::numeric_limits<float>::infinity());
    return net;
  } catch (const std::exception& e) {
    return Internal("LibTorch failed while fitting the task map", e.what());
  }

  double explained() const override { return explained_; }

 private:
  struct Sample {
    torch::Tensor planes;               // 1 x K x H x W
    std::vector<torch::Tensor> truths;  // of each back, 1 x 1 x H x W
  };

  torch::Tensor Predict(const torch::Tensor& planes) const {
    const torch::Tensor inner = torch::relu(torch::conv2d(planes / deviation_, inner_weight_, inner_bias_));
    return torch::conv2d(inner, outer_weight_, outer_bias_, 1, 1);
  }

  // Logarithms of the samples' truths, backs together, to base 2.
  Result<std::vector<torch::Tensor>> Targets() const {
    std::vector<double> means(backs_.size());
    double cells = 0;
    for (const Sample& sample : samples_) {
      cells += double(sample.planes.size(2) * sample.planes.size(3));
      for (size_t b = 0; b < backs_.size(); ++b) means[b] += sample.truths[b].sum(torch::kFloat64).item<double>();
    }
    for (size_t b = 0; b < backs_.size(); ++b) {
      if (means[b] > 0) continue;
      return BadInput("no gradient reaches the planes: all are zero", specs_[b].back_path,
                      "the back is saturated on these frames");
    }
    std::vector<torch::Tensor> targets;
    for (const Sample& sample : samples_) {
      torch::Tensor sum = torch::zeros_like(sample.truths[0]);
      for (size_t b = 0; b < backs_.size(); ++b) sum += sample.truths[b] * (cells / means[b] / double(backs_.size()));
      targets.push_back(sum.clamp_min(kLeastShare).log2());
    }
    return targets;
  }

  Status Train() {
    if (samples_.empty()) return Usage("no frame to learn a task map from", specs_[0].json_path);
    FSC_ASSIGN_OR_RETURN(const std::vector<torch::Tensor> targets, Targets());
    const int64_t planes = samples_[0].planes.size(1);
    torch::Tensor squares = torch::zeros({planes}, torch::kFloat64);
    double mean = 0, square = 0, cells = 0;
    for (size_t i = 0; i < samples_.size(); ++i) {
      squares += samples_[i].planes.square().mean({0, 2, 3}).to(torch::kFloat64) / double(samples_.size());
      mean += targets[i].sum(torch::kFloat64).item<double>();
      square += targets[i].square().sum(torch::kFloat64).item<double>();
      cells += double(targets[i].numel());
    }
    mean /= cells;
    const double variance = std::max(square / cells - mean * mean, 1e-12);
    deviation_ = squares.clamp_min(1e-12).sqrt().to(torch::kFloat32).reshape({1, planes, 1, 1});
    const auto random = [&](std::vector<int64_t> shape, double deviation) {
      return (torch::randn(shape, generator_) * deviation).requires_grad_(true);
    };
    inner_weight_ = random({config_.hidden, planes, 1, 1}, std::sqrt(2.0 / double(planes)));
    inner_bias_ = torch::zeros({config_.hidden}).requires_grad_(true);
    outer_weight_ = random({1, config_.hidden, 3, 3}, std::sqrt(0.1 / (9.0 * config_.hidden)));
    outer_bias_ = torch::full({1}, mean).requires_grad_(true);
    torch::optim::AdamW optimizer(std::vector<torch::Tensor>{inner_weight_, inner_bias_, outer_weight_, outer_bias_},
                                  torch::optim::AdamWOptions(kLearningRate).weight_decay(kWeightDecay));
    std::mt19937_64 order(config_.seed);
    for (int step = 0; step < config_.steps; ++step) {
      static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[0].options())
          .lr(kLearningRate * 0.5 * (1 + std::cos(M_PI * step / config_.steps)));
      const auto i = size_t(DrawBelow(int64_t(samples_.size()), &order));
      optimizer.zero_grad();
      (Predict(samples_[i].planes) - targets[i]).square().mean().backward();
      optimizer.step();
    }
    const torch::NoGradGuard no_gradients;
    double error = 0;
    for (size_t i = 0; i < samples_.size(); ++i) {
      error += (Predict(samples_[i].planes) - targets[i]).square().sum(torch::kFloat64).item<double>() / cells;
    }
    explained_ = 1 - error / variance;
    return {};
  }

  std::vector<ModelSpec> specs_;
  std::vector<std::unique_ptr<GradientBack>> backs_;
  std::vector<ReductionSource> sources_;
  ConvNet restorer_;
  TaskMapConfig config_;
  torch::Generator generator_;
  std::vector<Sample> samples_;
  torch::Tensor deviation_;  // of each plane, 1 x K x 1 x 1
  torch::Tensor inner_weight_, inner_bias_, outer_weight_, outer_bias_;
  double explained_ = 0;
};

}  // namespace

Result<std::unique_ptr<TaskMapLearner>> torch_net::CreateTaskMapLearner(const std::vector<ModelSpec>& specs,
                                                                        std::vector<ReductionSource> sources,
                                                                        const ConvNet& restorer,
                                                                        const TaskMapConfig& config) {
  if (specs.empty()) return Usage("no network to learn for");
  if (config.probes < 1 || config.hidden < 1 || config.steps < 1) return Usage("probes, width and steps are 1 or more");
  std::vector<std::unique_ptr<GradientBack>> backs;
  for (const ModelSpec& spec : specs) {
    FSC_ASSIGN_OR_RETURN(auto back, GradientBack::Load(spec));
    backs.push_back(std::move(back));
  }
  return std::unique_ptr<TaskMapLearner>(
      std::make_unique<TorchTaskMapLearner>(specs, std::move(backs), std::move(sources), restorer, config));
}

}  // namespace fsc
