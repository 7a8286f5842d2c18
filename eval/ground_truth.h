// ground_truth.h: labels of a clip's frames, from the files that data sets come with.
//
// Loading reads and checks everything, frame by frame, before any long work: number of frames, sizes, class indices.
#ifndef FSC_EVAL_GROUND_TRUTH_H_
#define FSC_EVAL_GROUND_TRUTH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "eval/coco_ap.h"
#include "eval/label_files.h"
#include "eval/label_picture.h"
#include "eval/suite.h"
#include "fsc/status.h"
#include "models/model_spec.h"

namespace fsc {

class GroundTruth {
 public:
  // `where` names the entry in errors. `task`: of the network, for the number of classes (0 names = unknown) and the
  // ignored label. kIo / kBadInput for missing files, labels that do not match the frames in number, name or size,
  // indices out of range, a kind of truth that the task cannot be scored with, and labels without anything to find.
  static Result<GroundTruth> Load(const Truth& truth, const SuiteClip& clip, const ClipListing& listing,
                                  const TaskSpec& task, const std::string& where);

  TruthKind kind() const { return kind_; }
  // Frames are numbered within the clip's range, from 0. Only the one that fits kind().
  Result<LabelImage> Labels(int64_t frame) const;                       // kLabelImages, at the size of the label file
  int ClassOf(int64_t frame) const { return classes_[size_t(frame)]; }  // kClassCsv
  const std::vector<TrueBox>& Boxes(int64_t frame) const { return boxes_[size_t(frame)]; }  // boxes
  const Detection& Tracked(int64_t frame) const { return tracked_[size_t(frame)]; }         // kMaskBoxes, kTrackRects
  // False where a mask or rectangle is empty: the frame is not scored.
  bool HasTracked(int64_t frame) const { return has_tracked_[size_t(frame)]; }
  int tracked_label() const { return label_; }

  // True where Boxes() are relative to the picture (0..1): the caller scales them by the size of each frame.
  bool relative_boxes() const { return kind_ == TruthKind::kYoloBoxes || kind_ == TruthKind::kCocoJson; }
  // Scales all absolute boxes, for clips that are resized.
  void Scale(double x, double y);

 private:
  friend class TruthReader;
  TruthKind kind_ = TruthKind::kLabelImages;
  int label_ = -1;
  std::vector<std::string> label_files_;
  std::vector<int> classes_;
  std::vector<std::vector<TrueBox>> boxes_;
  std::vector<Detection> tracked_;
  std::vector<bool> has_tracked_;
};

}  // namespace fsc

#endif  // FSC_EVAL_GROUND_TRUTH_H_
