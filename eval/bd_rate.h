// bd_rate.h: Bjontegaard deltas between two rate-quality curves.
//
// BD-rate: the mean difference of ln(rate) over the quality that both curves reach, as percent of rate: -20 = the test
// needs 20 % fewer bits for the same quality. BD-metric: the mean difference of quality over the rates that both curves
// have. Sources: G. Bjontegaard, VCEG-M33 (2001) and VCEG-AI11 (2008); the fits are those of curve_fit.h.
//
// A number is only given where it means something. Where the curves do not overlap there is none; where a curve is not
// monotonic the interpolating fits take
// its front (the points that no cheaper one equals or beats, four at least) and note it, and the cubic's number carries
// a warning. Whoever averages must look at the warnings.
#ifndef FSC_EVAL_BD_RATE_H_
#define FSC_EVAL_BD_RATE_H_

#include <optional>
#include <string>
#include <vector>

#include "eval/curve_fit.h"
#include "fsc/status.h"

namespace fsc {

// One operating point. Any unit of rate, the same on both sides.
struct RatePoint {
  double rate = 0;    // > 0
  double metric = 0;  // higher is better: negate a distortion before it comes here
};

struct BdResult {
  std::optional<double> bd_rate_percent;
  std::optional<double> bd_metric;
  // The span of the metric that BD-rate integrates over, and what share it is of each curve's own span (0..1).
  double overlap_low = 0;
  double overlap_high = 0;
  double overlap_of_anchor = 0;
  double overlap_of_test = 0;
  // Why there is no number, or why to doubt it; one sentence each.
  std::vector<std::string> warnings;
  // What was done to the points; the numbers stand.
  std::vector<std::string> notes;
};

// Shares of overlap below it are warned about.
inline constexpr double kSmallOverlap = 0.5;

// kUsage for too few points (4 for the cubic, 2 for the others), a rate that is not positive, or a value that is not
// finite. Order of the points is free.
Result<BdResult> BjontegaardDelta(std::vector<RatePoint> anchor, std::vector<RatePoint> test, CurveFit fit);

// True when quality never falls as the rate grows, and no two points share a rate or a quality.
bool StrictlyMonotonic(std::vector<RatePoint> curve);

}  // namespace fsc

#endif  // FSC_EVAL_BD_RATE_H_
