// task_map_choice.h: where errors matter: a map for the encoder, if it saves bits at equal divergence on the held-back
// frames.
#ifndef FSC_LEARN_TASK_MAP_CHOICE_H_
#define FSC_LEARN_TASK_MAP_CHOICE_H_

#include <vector>

#include "codec/profile/profile.h"
#include "learn/calibration_context.h"
#include "learn/rate_change.h"

namespace fsc {

struct TaskMapChoice {
  std::vector<ReducedPart> parts;  // as given, with the best map or with none; weights not rounded yet
  std::vector<TriedForm> tried;    // none, then each exponent
  double explained = 0;            // TaskMapLearner::explained()
};

// Needs a judge, and mode latent. kBadInput for a back that cannot be differentiated.
Result<TaskMapChoice> ChooseTaskMap(const CalibrationContext& context, std::vector<ReducedPart> parts);

}  // namespace fsc

#endif  // FSC_LEARN_TASK_MAP_CHOICE_H_
