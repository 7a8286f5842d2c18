// profile_judge.h: what a profile costs and what the task loses, measured: held-back frames are reduced, coded,
// decoded, restored, and run through the back.
#ifndef FSC_LEARN_PROFILE_JUDGE_H_
#define FSC_LEARN_PROFILE_JUDGE_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/profile/profile.h"
#include "eval/task_distortion.h"
#include "fsc/encoder_config.h"
#include "learn/calibration_set.h"
#include "learn/drop_estimate.h"
#include "models/split_model.h"

namespace fsc {

struct JudgedPoint {
  int qp = 0;
  double bits_per_element = 0;  // of the original features; the profile itself not counted
  TaskDistortion distortion;    // against the uncompressed result, of the back that agrees least
  std::vector<TaskDistortion> backs;
  double drop_percent = 0;  // of agreement, to be promised (drop_estimate.h); the largest of all backs
};

// Frames of equal shape, one after the other: the reduced planes of a run are one stream.
using FrameRun = std::vector<const CalibrationFrame*>;
std::vector<FrameRun> RunsOf(std::span<const CalibrationFrame> frames);

struct CodedRun {
  uint64_t bytes = 0;
  std::vector<FeatureFrame> reduced;  // as decoded
};
// Reduces and codes one run as an encoder with `config` and the profile would, without the profile's own bytes.
Result<CodedRun> CodeRun(std::span<const ReducedPart> parts, const FrameRun& run, EncoderConfig config);

class ProfileJudge {
 public:
  // Runs the backs, one or more, on the held-back frames as they are. `models` and `set` are borrowed.
  static Result<ProfileJudge> Create(std::vector<SplitModel*> models, const CalibrationSet& set);

  // `parts` empty: the layers themselves are coded, without a profile.
  Result<JudgedPoint> Judge(std::span<const ReducedPart> parts, EncoderConfig config, int qp) const;
  // Held-back frames that are not all but the same as another (frame_likeness.h).
  int distinct_frames() const;
  // Without coding: what the reduction alone loses.
  Result<std::vector<TaskDistortion>> Uncoded(std::span<const ReducedPart> parts) const;

 private:
  // Runs the backs on what became of one frame. `drops` may be null.
  Status Compare(size_t run, size_t frame, const FeatureFrame& restored, std::vector<TaskDistortionSum>* sums,
                 std::vector<DropEstimate>* drops) const;

  std::vector<SplitModel*> models_;
  std::vector<FrameRun> runs_;
  std::vector<std::vector<std::vector<TaskResult>>> originals_;  // [run][frame][back]
  std::vector<std::vector<int>> groups_;                         // [run][frame]: frames of one number are alike
};

// The one with the least agreement; `backs` is not empty.
const TaskDistortion& WorstOf(std::span<const TaskDistortion> backs);

// The points as back number `back` sees them.
std::vector<JudgedPoint> OfBack(std::vector<JudgedPoint> points, size_t back);

}  // namespace fsc

#endif  // FSC_LEARN_PROFILE_JUDGE_H_
