// feature_comparison.h: decoded frames beside those of a cached run, as they come.
#ifndef FSC_EVAL_FEATURE_COMPARISON_H_
#define FSC_EVAL_FEATURE_COMPARISON_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eval/eval_point.h"
#include "eval/feature_distortion.h"
#include "eval/reference_cache.h"

namespace fsc {

class FeatureComparison {
 public:
  Status Open(const std::string& reference_folder, const Limits& limits);
  // Frames in order, from the first on.
  Status Add(int64_t number, const FeatureFrame& decoded);
  // Feature distortions into the point. kInternal where frames are missing.
  Status Finish(EvalPoint* point);

 private:
  std::unique_ptr<ReferenceReader> reference_;
  std::optional<FrameDistortion> distortion_;
  std::vector<double> nrmse_;
};

}  // namespace fsc

#endif  // FSC_EVAL_FEATURE_COMPARISON_H_
