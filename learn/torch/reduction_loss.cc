#include "learn/torch/reduction_loss.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "learn/torch/compressibility_loss.h"
#include "learn/torch/task_loss.h"

namespace fsc {
namespace {

// Of the divergence and of the squared error.
std::pair<double, double> LossWeights(const ReductionConfig& config, TaskKind kind) {
  const bool boxes = kind == TaskKind::kDetection;
  return {config.divergence_weight.value_or(boxes ? 1 : 0.2), config.squared_error_weight.value_or(boxes ? 0 : 1)};
}

torch::Tensor NeighbourBits(const torch::Tensor& planes) {
  const auto bits = [](const torch::Tensor& difference) { return (1 + 1.5 * difference.abs()).log2().mean(); };
  torch::Tensor sum = torch::zeros({});
  int axes = 0;
  for (const int64_t axis : {2, 3}) {
    const int64_t size = planes.size(axis);
    if (size < 2) continue;
    sum = sum + bits(planes.narrow(axis, 1, size - 1) - planes.narrow(axis, 0, size - 1));
    ++axes;
  }
  return axes == 0 ? bits(planes) : sum / axes;
}

}  // namespace

TrainingLoss LossTensors::Values() const {
  TrainingLoss values;
  values.divergence = divergence.item<double>();
  values.squared_error = squared_error.item<double>();
  values.feature = feature.item<double>();
  values.rate = rate.item<double>();
  for (const torch::Tensor& back : backs) values.backs.push_back(back.item<double>());
  return values;
}

Result<LossTensors> ReductionLoss(const ReductionConfig& config, const std::vector<TrainedBack>& backs,
                                  const std::vector<ReductionSource>& sources, const ReductionNetwork& network,
                                  const CropBatch& batch, torch::Generator generator) {
  const torch::Tensor features = FoldLayers(batch.layers, sources);
  LossTensors loss;
  torch::Tensor planes;
  if (batch.planes.defined()) {
    planes = batch.planes;
    loss.rate = torch::zeros({});
  } else {
    planes = network.Reduce(features);
    const torch::Tensor octave = torch::rand({features.size(0), 1, 1, 1}, generator);
    const torch::Tensor step = (octave * std::log(std::max(1.0, config.coarsest_step))).exp();
    const torch::Tensor in_steps = planes / step;
    loss.rate =
        config.rate_model == RateModel::kCompressibility ? CompressibilityLoss(in_steps) : NeighbourBits(in_steps);
    loss.rate = loss.rate * (double(config.planes) / double(features.size(1)));
    planes = planes + (torch::rand(planes.sizes(), generator) - 0.5) * step;
  }
  const std::vector<torch::Tensor> restored = UnfoldLayers(network.Restore(planes), sources, batch.layers);
  loss.feature = torch::zeros({});
  for (size_t i = 0; i < restored.size(); ++i) {
    loss.feature = loss.feature + RelativeSquaredError(batch.layers[i], restored[i]) / double(restored.size());
  }
  loss.divergence = loss.squared_error = torch::zeros({});
  for (const TrainedBack& back : backs) {
    torch::Tensor reference;
    {
      const torch::NoGradGuard no_gradients;
      FSC_ASSIGN_OR_RETURN(reference, back.network->Run(batch.layers, batch.height_px, batch.width_px));
    }
    FSC_ASSIGN_OR_RETURN(const torch::Tensor output, back.network->Run(restored, batch.height_px, batch.width_px));
    const torch::Tensor divergence = TaskDivergence(back.spec.task.kind, reference, output);
    const torch::Tensor squared_error = RelativeSquaredError(reference, output);
    loss.divergence = loss.divergence + divergence / double(backs.size());
    loss.squared_error = loss.squared_error + squared_error / double(backs.size());
    const auto [divergence_weight, squared_error_weight] = LossWeights(config, back.spec.task.kind);
    loss.backs.push_back(divergence_weight * divergence + squared_error_weight * squared_error +
                         config.feature_weight * loss.feature);
  }
  return loss;
}

}  // namespace fsc
