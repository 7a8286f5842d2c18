// drop_estimate.h: how much agreement a setting gives up, for a promise: what was measured on a few frames, and as much
// on top as another few frames of the same kind may differ.
//
// Segmentation and detection: the drop over all frames, one pixel or box more than was seen to change (where none did,
// one in the next frames may; where there was none, nothing can be promised), plus its standard error by the jackknife,
// each frame left out once (Efron and Tibshirani, An Introduction to the Bootstrap, 11.5). Classification: few frames
// say little by the number of changed decisions, so the chance of a change is used: a frame's best class is ahead of
// the next one by a margin m, margins change by an error of standard deviation s (over the reference's best classes and
// all frames), and the decision with probability Phi(-m / s). Mean over frames plus its standard error.
//
// "Frame" here is a group of frames that are all but the same (frame_likeness.h): they count as one, by their mean.
#ifndef FSC_LEARN_DROP_ESTIMATE_H_
#define FSC_LEARN_DROP_ESTIMATE_H_

#include <map>
#include <vector>

#include "models/task_result.h"

namespace fsc {

class DropEstimate {
 public:
  // One frame of group number `group` (>= 0): what agreed of what was compared, as TaskDistortionSum counts it. The
  // results are of one kind and shape.
  void Add(int group, const TaskResult& reference, const TaskResult& test, double agreed, double compared);

  // 0..100; 0 before the first frame.
  double UpperPercent() const;

 private:
  struct Frame {
    double agreed = 0;
    double compared = 0;
    double margin = 0;  // classification: of the best class before the second
  };
  // The frames that are alike, and their sum of squared errors of margins.
  struct Group {
    std::vector<Frame> frames;
    double squared_errors = 0;
    double margins = 0;  // how many
  };
  std::vector<Frame> MeanFrames() const;  // one a group
  double OfDecisions() const;
  double OfCounts() const;

  bool classes_ = false;
  std::map<int, Group> groups_;
};

}  // namespace fsc

#endif  // FSC_LEARN_DROP_ESTIMATE_H_
