#include "learn/train_module.h"

#include "core/module_loader.h"

namespace fsc {
namespace {

Result<const TrainTable*> TrainModule() {
  return ModuleTable<TrainTable>(kNetModule, "fsc_net_train_table");
}

}  // namespace

Result<std::unique_ptr<ChannelStatistics>> ChannelStatistics::Create(const ModelSpec& spec,
                                                                     std::vector<ReductionSource> sources) {
  FSC_ASSIGN_OR_RETURN(const TrainTable* const train, TrainModule());
  return train->create_channel_statistics(spec, std::move(sources));
}

std::vector<double> NormalisedSpectrum(std::span<const double> matrix, int n) {
  const auto train = TrainModule();
  return train.ok() ? (*train)->normalised_spectrum(matrix, n) : std::vector<double>();
}

Result<std::unique_ptr<ReductionTrainer>> ReductionTrainer::Create(const std::vector<ModelSpec>& specs,
                                                                   std::vector<ReductionSource> sources,
                                                                   const ReductionConfig& config) {
  FSC_ASSIGN_OR_RETURN(const TrainTable* const train, TrainModule());
  return train->create_reduction_trainer(specs, std::move(sources), config);
}

Result<std::unique_ptr<SensitivityMeter>> SensitivityMeter::Create(const ModelSpec& spec,
                                                                   std::vector<ReductionSource> sources,
                                                                   const SensitivityConfig& config) {
  FSC_ASSIGN_OR_RETURN(const TrainTable* const train, TrainModule());
  return train->create_sensitivity_meter(spec, std::move(sources), config);
}

Result<std::unique_ptr<TaskMapLearner>> TaskMapLearner::Create(const std::vector<ModelSpec>& specs,
                                                               std::vector<ReductionSource> sources,
                                                               const ConvNet& restorer, const TaskMapConfig& config) {
  FSC_ASSIGN_OR_RETURN(const TrainTable* const train, TrainModule());
  return train->create_task_map_learner(specs, std::move(sources), restorer, config);
}

}  // namespace fsc
