// accuracy.h: what a back's output is worth against labels: top-1/top-5, mean IoU, the overlap of a tracked box. (AP:
// coco_ap.h.)
#ifndef FSC_EVAL_ACCURACY_H_
#define FSC_EVAL_ACCURACY_H_

#include <cstdint>
#include <span>
#include <vector>

#include "fsc/status.h"
#include "models/task_result.h"

namespace fsc {

// All measures are NaN where nothing was added that could be right or wrong.

// Share of pictures whose true class is the best, or among the five best. 0..1.
class TopAccuracy {
 public:
  // `best_labels`: best first.
  void Add(std::span<const int> best_labels, int true_label);
  double top1() const { return double(first_) / double(pictures_); }
  double top5() const { return double(among_five_) / double(pictures_); }
  int64_t pictures() const { return pictures_; }

 private:
  int64_t pictures_ = 0, first_ = 0, among_five_ = 0;
};

// Mean intersection over union from one confusion matrix over all pixels of all frames. Classes that appear neither in
// the labels nor in the predictions (union 0) stay out of the mean. 0..1.
class SegmentationAccuracy {
 public:
  // `ignore_label`: a true label that does not count; -1 = none.
  SegmentationAccuracy(int classes, int ignore_label);

  // Same length. kBadInput for a true label that is neither a class nor the ignored one, or a prediction that is no
  // class.
  Status Add(std::span<const uint8_t> true_labels, std::span<const uint8_t> predicted);
  double mean_iou() const;
  double pixel_accuracy() const;
  // IoU of one class; -1 where its union is 0.
  double class_iou(int label) const;
  // Over the last frame given to Add alone.
  double last_mean_iou() const;

 private:
  using Matrix = std::vector<int64_t>;  // [true * classes + predicted]
  double Iou(const Matrix& matrix, int label) const;
  double MeanIou(const Matrix& matrix) const;

  int classes_;
  int ignore_label_;
  Matrix all_;
  Matrix last_;
};

// Overlap of one true box a frame with the best prediction: the IoU of the detection, of any class or of `label`, that
// overlaps it most; 0 in a frame without one. This asks whether the object is still found and where, not which of
// several it is.
class BoxOverlap {
 public:
  explicit BoxOverlap(int label = -1) : label_(label) {}
  void Add(const Detection& true_box, const std::vector<Detection>& detections);
  double mean_iou() const { return sum_ / double(frames_); }
  // Share of frames with IoU >= .5.
  double success_rate() const { return double(successes_) / double(frames_); }
  double last_iou() const { return last_; }

 private:
  int label_;
  int64_t frames_ = 0, successes_ = 0;
  double sum_ = 0, last_ = 0;
};

// Task distortion in percent of the uncompressed accuracy: |A - A'| / A * 100 (Alvar and Bajic, IEEE Trans. Image
// Processing 30, 2021). NaN where A is 0.
double RelativeAccuracyLossPercent(double uncompressed, double compressed);

}  // namespace fsc

#endif  // FSC_EVAL_ACCURACY_H_
