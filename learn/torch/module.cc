// module.cc: the entry of the module fsc_net for those who train.
#include "core/module_loader.h"
#include "learn/torch/functions.h"

namespace fsc::torch_net {
namespace {

constexpr TrainTable kTable = {
    .create_channel_statistics = CreateChannelStatistics,
    .normalised_spectrum = NormalisedSpectrum,
    .create_reduction_trainer = CreateReductionTrainer,
    .create_sensitivity_meter = CreateSensitivityMeter,
    .create_task_map_learner = CreateTaskMapLearner,
};

}  // namespace
}  // namespace fsc::torch_net

FSC_MODULE_ENTRY(fsc_net_train_table, &fsc::torch_net::kTable)
