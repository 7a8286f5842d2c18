// rate_change.h: what one candidate costs against another, from a few points of each.
#ifndef FSC_LEARN_RATE_CHANGE_H_
#define FSC_LEARN_RATE_CHANGE_H_

#include <span>
#include <string>
#include <vector>

#include "learn/profile_judge.h"

namespace fsc {

// A candidate that was measured, with what it costs against the first of its kind.
struct TriedForm {
  std::string name;
  double rate_change_percent = 0;  // at equal divergence; NaN without a common range
  std::vector<JudgedPoint> points;
};

// How many percent more bits `test` takes than `anchor` at equal divergence: the mean difference of log rate over the
// common range of log divergence, straight lines between points; mean over the backs. NaN without a common range.
double RateChangePercent(std::span<const JudgedPoint> anchor, std::span<const JudgedPoint> test);

}  // namespace fsc

#endif  // FSC_LEARN_RATE_CHANGE_H_
