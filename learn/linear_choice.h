// linear_choice.h: the best linear transform: which task weight, how many planes, how many bits a weight, each measured
// on the held-back frames.
#ifndef FSC_LEARN_LINEAR_CHOICE_H_
#define FSC_LEARN_LINEAR_CHOICE_H_

#include <vector>

#include "codec/profile/profile.h"
#include "learn/calibration_context.h"
#include "learn/rate_change.h"

namespace fsc {

struct LinearChoice {
  std::vector<ReducedPart> parts;   // weights not rounded yet
  std::vector<double> sensitivity;  // eigenvalues of G over their mean, falling; empty where it was not measured
  // In the order in which they were tried: forms and eps of the task weight, then numbers of planes, then bits of a
  // weight, each with the best of what came before. Rates count the decoder half's bytes, spread over ten seconds.
  std::vector<TriedForm> tried;
};

// Kinds statistics and task. What the options give is not tried otherwise; without a judge the first form is taken, and
// nothing is said to have been tried.
Result<LinearChoice> ChooseLinear(const CalibrationContext& context);

}  // namespace fsc

#endif  // FSC_LEARN_LINEAR_CHOICE_H_
