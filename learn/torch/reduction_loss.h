// reduction_loss.h: what the training of a reduction minimises (learn/reduction_trainer.h has the formula), as tensors
// to differentiate.
//
// Private to this folder: this header shows LibTorch, and is not installed. Functions may throw c10::Error.
#ifndef FSC_LEARN_TORCH_REDUCTION_LOSS_H_
#define FSC_LEARN_TORCH_REDUCTION_LOSS_H_

#include <torch/types.h>

#include <memory>
#include <vector>

#include "fsc/status.h"
#include "learn/reduction_sources.h"
#include "learn/reduction_trainer.h"
#include "learn/torch/feature_crops.h"
#include "learn/torch/gradient_back.h"
#include "learn/torch/reduction_network.h"
#include "models/model_spec.h"

namespace fsc {

// The parts of the loss.
struct LossTensors {
  torch::Tensor divergence, squared_error, feature, rate;
  std::vector<torch::Tensor> backs;  // of each back, all but the rate

  // All but the total.
  TrainingLoss Values() const;
};

struct TrainedBack {
  ModelSpec spec;
  std::unique_ptr<GradientBack> network;
};

// Of `network` on a batch: with its decoded planes where it has them, else with the reducer's planes and noise that
// `generator` draws.
Result<LossTensors> ReductionLoss(const ReductionConfig& config, const std::vector<TrainedBack>& backs,
                                  const std::vector<ReductionSource>& sources, const ReductionNetwork& network,
                                  const CropBatch& batch, torch::Generator generator);

}  // namespace fsc

#endif  // FSC_LEARN_TORCH_REDUCTION_LOSS_H_
