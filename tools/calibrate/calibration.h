// calibration.h: from clips and a model to a profile: what `fsc calibrate` does.
#ifndef FSC_TOOLS_CALIBRATE_CALIBRATION_H_
#define FSC_TOOLS_CALIBRATE_CALIBRATION_H_

#include <functional>
#include <string>
#include <vector>

#include "codec/profile.h"
#include "models/linear_reduction.h"
#include "models/reduction_trainer.h"
#include "models/task_sensitivity.h"
#include "tools/calibrate/calibration_set.h"
#include "tools/calibrate/profile_judge.h"

namespace fsc::tools {

enum class CalibrationKind { kStatistics, kTask, kLearned };

struct CalibrationOptions {
  std::vector<std::string> model_paths;  // one, or several that share their front
  CalibrationSetOptions set;
  CalibrationKind kind = CalibrationKind::kLearned;
  ReductionConfig learned;  // kind learned; `planes`, `seed` and `threads` serve all kinds
  bool planes_given = false;
  bool lambda_given = false;  // with several models: the rate has it, not a trained weight
  std::vector<TaskWeight> weights = {TaskWeight::kDiagonal, TaskWeight::kBlended, TaskWeight::kFull};  // kind task
  std::vector<double> epsilons = {0.01, 0.05};                                                         // kind task
  std::vector<double> model_weights;  // kind task: of each model's G over its mean eigenvalue; empty = 1
  SensitivityMeasure measure = SensitivityMeasure::kDivergence;
  // Powers of the task map's weights that are measured; the profile gets the best one's map, or none where none pays.
  // Empty: no map.
  std::vector<double> map_exponents = {0.25, 0.5};
  int weight_bits = 0;  // of the networks in the profile; 0 = 8 where they are learned, 12 where they are linear
  std::string mode = "latent";
  // The drop curve is measured for each; all other coding is done with the first.
  std::vector<std::string> presets = {"fast", "balanced", "high"};
  std::vector<int> qps = {30, 36, 42, 48, 54, 60};  // of the drop curve
};

// A form of the transform that was tried, with what it costs against the first.
struct TriedForm {
  std::string name;
  double rate_change_percent = 0;  // at equal divergence; NaN without a common range
  std::vector<JudgedPoint> points;
};

struct CalibrationOutcome {
  std::vector<uint8_t> file;        // the profile as it is written
  Profile profile;                  // as it is read
  std::vector<std::string> models;  // ids, as they were given
  std::vector<std::string> judged;  // of those with a task: the order of JudgedPoint::backs
  int training_frames = 0;
  int held_back_frames = 0;
  std::vector<double> channel_variance;  // of the features, folded
  std::vector<double> plane_variance;    // of the reduced planes, falling
  std::vector<double> sensitivity;       // eigenvalues of G over their mean, falling; empty where it was not measured
  std::vector<TriedForm> tried;          // kinds task and statistics
  std::vector<TriedForm> tried_maps;     // of the task map: none, then each exponent; empty where it was not tried
  double map_explained = 0;              // TaskMapLearner::explained()
  std::vector<TrainingPoint> training;   // kind learned
  std::vector<TrainingPoint> refinement;
  TrainingLoss start_loss, best_loss;   // on held-back frames: principal components; result before quantised weights
  std::vector<TaskDistortion> uncoded;  // of the reduction alone, weights as stored; of each judged back
  Tensor example_planes;                // of the first held-back frame
  std::vector<JudgedPoint> plain;       // without a profile, the same frames and settings
  std::vector<JudgedPoint> curve;       // with the profile
};

// What the caller shows while it waits: stage, done, total (0 = unknown), remark.
using CalibrationProgress =
    std::function<void(const std::string& stage, int64_t done, int64_t total, const std::string& remark)>;

Result<CalibrationOutcome> Calibrate(const CalibrationOptions& options, const CalibrationProgress& progress);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_CALIBRATE_CALIBRATION_H_
