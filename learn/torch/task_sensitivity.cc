#include "learn/task_sensitivity.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <utility>

#include "learn/torch/functions.h"
#include "learn/torch/gradient_back.h"
#include "learn/torch/reduction_network.h"
#include "learn/torch/task_loss.h"
#include "models/torch/functions.h"

namespace fsc {
namespace {

class TorchSensitivityMeter : public SensitivityMeter {
 public:
  TorchSensitivityMeter(ModelSpec spec, std::vector<ReductionSource> sources, const SensitivityConfig& config,
                        std::unique_ptr<GradientBack> back)
      : spec_(std::move(spec)),
        sources_(std::move(sources)),
        config_(config),
        back_(std::move(back)),
        generator_(at::detail::createCPUGenerator(config.seed)) {
    const int channels = FoldedChannels(spec_, sources_);
    gram_ = torch::zeros({channels, channels}, torch::kFloat64);
  }

  Status Add(const FeatureFrame& frame, const InputGeometry& geometry) override try {
    torch_net::SetTorchThreads(config_.threads);
    FSC_RETURN_IF_ERROR(CheckLayersOf(frame, spec_));
    std::vector<torch::Tensor> layers;
    for (const Tensor& layer : frame.layers) layers.push_back(TorchTensorOf(layer));
    const TaskKind kind = config_.measure == SensitivityMeasure::kSquaredError ? TaskKind::kNone : spec_.task.kind;
    const auto probe = [&](const torch::Tensor& output) { return RandomTaskProbe(kind, output, generator_); };
    for (int n = 0; n < config_.probes; ++n) {
      FSC_ASSIGN_OR_RETURN(const std::vector<torch::Tensor> gradients,
                           back_->Gradients(layers, geometry.input_height_px, geometry.input_width_px, probe));
      const torch::Tensor g = FoldLayers(gradients, sources_)[0].flatten(1).to(torch::kFloat64);
      gram_ += g.matmul(g.t()) / (double(g.size(1)) * config_.probes);
    }
    ++frames_;
    return {};
  } catch (const c10::Error& e) {
    return Internal("LibTorch failed while measuring sensitivity", e.what_without_backtrace());
  } catch (const std::exception& e) {
    return Internal("LibTorch failed while measuring sensitivity", e.what());
  }

  Result<std::vector<double>> Gram() const override {
    if (frames_ == 0) return Usage("no frame to measure sensitivity on", spec_.json_path);
    const torch::Tensor mean = (gram_ / double(frames_)).contiguous();
    int64_t first = 0;
    for (const ReductionSource& source : sources_) {
      const LayerSpec& layer = spec_.layers[size_t(source.layer)];
      const int64_t count = int64_t{layer.channels} * source.fold * source.fold;
      if (mean.diagonal().narrow(0, first, count).sum().item<double>() <= 0) {
        return BadInput("no gradient reaches layer \"" + layer.name + "\": all are zero", spec_.back_path,
                        "the back does not use this layer, or is saturated on these frames");
      }
      first += count;
    }
    return std::vector<double>(mean.data_ptr<double>(), mean.data_ptr<double>() + mean.numel());
  }

 private:
  ModelSpec spec_;
  std::vector<ReductionSource> sources_;
  SensitivityConfig config_;
  std::unique_ptr<GradientBack> back_;
  torch::Generator generator_;
  torch::Tensor gram_;  // sum over frames
  int64_t frames_ = 0;
};

}  // namespace

Result<std::unique_ptr<SensitivityMeter>> torch_net::CreateSensitivityMeter(const ModelSpec& spec,
                                                                            std::vector<ReductionSource> sources,
                                                                            const SensitivityConfig& config) {
  if (config.probes < 1) return Usage("at least one probe a frame is needed");
  FSC_ASSIGN_OR_RETURN(auto back, GradientBack::Load(spec));
  return std::unique_ptr<SensitivityMeter>(
      std::make_unique<TorchSensitivityMeter>(spec, std::move(sources), config, std::move(back)));
}

}  // namespace fsc
