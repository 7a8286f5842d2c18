// calibration_options.h: what a calibration is asked for, with its defaults. Plain data.
#ifndef FSC_LEARN_CALIBRATION_OPTIONS_H_
#define FSC_LEARN_CALIBRATION_OPTIONS_H_

#include <functional>
#include <string>
#include <vector>

#include "fsc/encoder_config.h"
#include "learn/calibration_set.h"
#include "learn/linear_reduction.h"
#include "learn/reduction_trainer.h"
#include "learn/task_sensitivity.h"

namespace fsc {

enum class CalibrationKind { kStatistics, kTask, kLearned };

struct CalibrationOptions {
  std::vector<std::string> model_paths;  // one, or several that share their front
  CalibrationSetOptions set;
  CalibrationKind kind = CalibrationKind::kLearned;
  ReductionConfig learned;    // kind learned; `planes`, `seed` and `threads` serve all kinds
  bool planes_given = false;  // else they are measured where the kind is linear
  bool lambda_given = false;  // with several models: the rate has it, not a trained weight
  std::vector<TaskWeight> weights = {TaskWeight::kDiagonal, TaskWeight::kBlended, TaskWeight::kFull};  // kind task
  std::vector<double> epsilons = {0.01, 0.05};                                                         // kind task
  std::vector<double> model_weights;  // kind task: of each model's G over its mean eigenvalue; empty = 1
  SensitivityMeasure measure = SensitivityMeasure::kDivergence;
  // Powers of the task map's weights that are measured; the profile gets the best one's map, or none where none pays.
  // Empty: no map.
  std::vector<double> map_exponents = {0.25, 0.5};
  int weight_bits = 0;  // of the networks in the profile; 0 = 8 where they are learned, else measured
  std::string mode = EncoderConfig().mode;
  // The drop curve is measured for each; all other coding is done with the first. Empty: all of the latent mode, the
  // default of any other.
  std::vector<std::string> presets;
  std::vector<int> qps;  // of the drop curve; empty: a range that suits the mode
};

// What the caller shows while it waits: stage, done, total (0 = unknown), remark.
using CalibrationProgress =
    std::function<void(const std::string& stage, int64_t done, int64_t total, const std::string& remark)>;

}  // namespace fsc

#endif  // FSC_LEARN_CALIBRATION_OPTIONS_H_
