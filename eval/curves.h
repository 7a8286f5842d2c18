// curves.h: measured points sorted into rate-quality curves, and Bjontegaard deltas between those of one model and
// clip.
#ifndef FSC_EVAL_CURVES_H_
#define FSC_EVAL_CURVES_H_

#include <string>
#include <vector>

#include "eval/bd_rate.h"
#include "eval/eval_point.h"

namespace fsc {

// The points of one configuration on one clip and model, lowest rate first. Failed points are left out.
struct Curve {
  std::string config;
  std::vector<const EvalPoint*> points;  // borrowed
};

// All configurations on one clip and model: what may be compared.
struct CurveGroup {
  std::string model;
  std::string clip;
  std::vector<Curve> curves;
  // Null when the group has no such configuration.
  const Curve* find(const std::string& config) const;
};

// In order of first appearance. `points` must outlive the result.
std::vector<CurveGroup> GroupCurves(const std::vector<EvalPoint>& points);

// One cell of a BD table.
struct BdCell {
  std::string model;
  std::string clip;
  std::string config;
  std::string metric;  // key of MetricColumn
  std::optional<double> bd_rate_percent;
  std::optional<double> bd_metric;
  double overlap_of_anchor = 0;
  std::vector<std::string> warnings;  // why there is no number, or why to doubt it
  std::vector<std::string> notes;     // what was done to the points; the number stands
};

// Every configuration against `anchor`, in every group, for every metric of `metrics` that the points have. Rate: bits
// per element. A group without the anchor gives no cells, and neither
// does a single point, such as raw.
std::vector<BdCell> BdAgainst(const std::vector<CurveGroup>& groups, const std::string& anchor,
                              const std::vector<std::string>& metrics, CurveFit fit);

// Mean BD-rate of one configuration and metric over the groups. Never silent: `used` of `wanted` cells had a number
// without a warning and entered the mean; nullopt when none had.
struct BdMean {
  std::optional<double> bd_rate_percent;
  int used = 0;
  int wanted = 0;
};
BdMean MeanOver(const std::vector<BdCell>& cells, const std::string& config, const std::string& metric);

}  // namespace fsc

#endif  // FSC_EVAL_CURVES_H_
