// train_module.h: the table between learn/ and the module fsc_net, where training runs on LibTorch (learn/torch/).
#ifndef FSC_LEARN_TRAIN_MODULE_H_
#define FSC_LEARN_TRAIN_MODULE_H_

#include "learn/linear_reduction.h"
#include "learn/reduction_trainer.h"
#include "learn/task_map_learner.h"
#include "learn/task_sensitivity.h"

namespace fsc {

// One function each, with the meaning that its header gives.
struct TrainTable {
  decltype(&ChannelStatistics::Create) create_channel_statistics;
  decltype(&NormalisedSpectrum) normalised_spectrum;
  decltype(&ReductionTrainer::Create) create_reduction_trainer;
  decltype(&SensitivityMeter::Create) create_sensitivity_meter;
  decltype(&TaskMapLearner::Create) create_task_map_learner;
};

}  // namespace fsc

#endif  // FSC_LEARN_TRAIN_MODULE_H_
