// task_scorer.h: scores the back's results of one run over a clip: against the uncompressed run, and against labels
// where there are some.
#ifndef FSC_EVAL_TASK_SCORER_H_
#define FSC_EVAL_TASK_SCORER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "eval/accuracy.h"
#include "eval/ground_truth.h"
#include "models/input_geometry.h"
#include "models/task_result.h"

namespace fsc {

// Accuracy with labels. Frames come in order, once each.
class AccuracyScorer {
 public:
  // Borrows `truth`, which must outlive it. `task` is that of the network.
  AccuracyScorer(const GroundTruth& truth, const TaskSpec& task);

  // `geometry`: how the frame's picture lies in the network's input.
  Status Add(int64_t frame, const TaskResult& result, const InputGeometry& geometry);

  // "mIoU", "top-1", "AP" or "box IoU": what values()["accuracy"] is.
  std::string name() const;
  // By MetricColumn::key: "accuracy", and what there is beside it. NaN where there was nothing to be right about.
  std::map<std::string, double> values() const;

 private:
  Status AddLabels(int64_t frame, const TaskResult& result, const InputGeometry& geometry);

  const GroundTruth& truth_;
  TaskSpec task_;
  TopAccuracy top_;
  std::optional<SegmentationAccuracy> segmentation_;
  CocoApSum boxes_;
  BoxOverlap tracked_;
};

}  // namespace fsc

#endif  // FSC_EVAL_TASK_SCORER_H_
