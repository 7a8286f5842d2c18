// functions.h: what learn/torch puts into the module fsc_net; the headers in learn/ say what each does.
#ifndef FSC_LEARN_TORCH_FUNCTIONS_H_
#define FSC_LEARN_TORCH_FUNCTIONS_H_

#include "learn/train_module.h"

namespace fsc::torch_net {

Result<std::unique_ptr<ChannelStatistics>> CreateChannelStatistics(const ModelSpec& spec,
                                                                   std::vector<ReductionSource> sources);
std::vector<double> NormalisedSpectrum(std::span<const double> matrix, int n);
Result<std::unique_ptr<ReductionTrainer>> CreateReductionTrainer(const std::vector<ModelSpec>& specs,
                                                                 std::vector<ReductionSource> sources,
                                                                 const ReductionConfig& config);
Result<std::unique_ptr<SensitivityMeter>> CreateSensitivityMeter(const ModelSpec& spec,
                                                                 std::vector<ReductionSource> sources,
                                                                 const SensitivityConfig& config);
Result<std::unique_ptr<TaskMapLearner>> CreateTaskMapLearner(const std::vector<ModelSpec>& specs,
                                                             std::vector<ReductionSource> sources,
                                                             const ConvNet& restorer, const TaskMapConfig& config);

}  // namespace fsc::torch_net

#endif  // FSC_LEARN_TORCH_FUNCTIONS_H_
