// calibration.h: from clips and a model to a profile: what `fsc calibrate` does.
#ifndef FSC_LEARN_CALIBRATION_H_
#define FSC_LEARN_CALIBRATION_H_

#include <string>
#include <vector>

#include "codec/profile/profile.h"
#include "fsc/warning.h"
#include "learn/calibration_options.h"
#include "learn/rate_change.h"
#include "learn/reduction_trainer.h"

namespace fsc {

struct CalibrationOutcome {
  std::vector<uint8_t> file;        // the profile as it is written
  Profile profile;                  // as it is read
  std::vector<std::string> models;  // ids, as they were given
  std::vector<std::string> judged;  // of those with a task: the order of JudgedPoint::backs
  int training_frames = 0;
  int held_back_frames = 0;
  int distinct_frames = 0;  // of the held-back ones; 0 where no model has a task
  Warnings warnings;
  std::vector<double> channel_variance;  // of the features, falling
  std::vector<double> plane_variance;    // of the reduced planes, falling
  std::vector<double> sensitivity;       // eigenvalues of G over their mean, falling; empty where it was not measured
  std::vector<TriedForm> tried;          // kinds task and statistics, in the order of ChooseLinear()
  std::vector<TriedForm> tried_maps;     // of the task map: none, then each exponent; empty where it was not tried
  double map_explained = 0;              // TaskMapLearner::explained()
  std::vector<TrainingPoint> training;   // kind learned
  std::vector<TrainingPoint> refinement;
  TrainingLoss start_loss, best_loss;   // of training, on held-back frames; before weights are rounded
  std::vector<TaskDistortion> uncoded;  // of the reduction alone, weights as stored; of each judged back
  Tensor example_planes;                // of the first held-back frame
  std::vector<JudgedPoint> plain;       // without a profile, the same frames and settings
  std::vector<JudgedPoint> curve;       // with the profile
};

Result<CalibrationOutcome> Calibrate(const CalibrationOptions& options, const CalibrationProgress& progress);

}  // namespace fsc

#endif  // FSC_LEARN_CALIBRATION_H_
