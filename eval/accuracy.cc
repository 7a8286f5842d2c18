#include "eval/accuracy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "eval/task_distortion.h"

namespace fsc {

void TopAccuracy::Add(std::span<const int> best_labels, int true_label) {
  ++pictures_;
  const auto five = best_labels.subspan(0, std::min<size_t>(5, best_labels.size()));
  if (!five.empty() && five[0] == true_label) ++first_;
  if (std::find(five.begin(), five.end(), true_label) != five.end()) ++among_five_;
}

SegmentationAccuracy::SegmentationAccuracy(int classes, int ignore_label)
    : classes_(classes), ignore_label_(ignore_label), all_(size_t(classes) * classes), last_(all_.size()) {}

Status SegmentationAccuracy::Add(std::span<const uint8_t> true_labels, std::span<const uint8_t> predicted) {
  if (true_labels.size() != predicted.size()) {
    return BadInput("label picture and prediction differ in size",
                    std::to_string(true_labels.size()) + " and " + std::to_string(predicted.size()) + " pixels");
  }
  std::fill(last_.begin(), last_.end(), 0);
  for (size_t i = 0; i < true_labels.size(); ++i) {
    if (true_labels[i] == ignore_label_) continue;
    if (true_labels[i] >= classes_ || predicted[i] >= classes_) {
      return BadInput("class index out of range",
                      "pixel " + std::to_string(i) + ": label " + std::to_string(true_labels[i]) + ", prediction " +
                          std::to_string(predicted[i]) + ", classes 0.." + std::to_string(classes_ - 1));
    }
    ++last_[size_t(true_labels[i]) * classes_ + predicted[i]];
  }
  for (size_t i = 0; i < all_.size(); ++i) all_[i] += last_[i];
  return {};
}

double SegmentationAccuracy::Iou(const Matrix& matrix, int label) const {
  int64_t in_truth = 0, in_prediction = 0;
  for (int other = 0; other < classes_; ++other) {
    in_truth += matrix[size_t(label) * classes_ + other];
    in_prediction += matrix[size_t(other) * classes_ + label];
  }
  const int64_t common = matrix[size_t(label) * classes_ + label];
  const int64_t either = in_truth + in_prediction - common;
  return either == 0 ? -1 : double(common) / double(either);
}

double SegmentationAccuracy::MeanIou(const Matrix& matrix) const {
  double sum = 0;
  int present = 0;
  for (int label = 0; label < classes_; ++label) {
    const double iou = Iou(matrix, label);
    if (iou < 0) continue;
    sum += iou;
    ++present;
  }
  return sum / present;
}

double SegmentationAccuracy::mean_iou() const {
  return MeanIou(all_);
}
double SegmentationAccuracy::last_mean_iou() const {
  return MeanIou(last_);
}
double SegmentationAccuracy::class_iou(int label) const {
  return Iou(all_, label);
}

double SegmentationAccuracy::pixel_accuracy() const {
  int64_t right = 0, pixels = 0;
  for (int label = 0; label < classes_; ++label) right += all_[size_t(label) * classes_ + label];
  for (const int64_t count : all_) pixels += count;
  return double(right) / double(pixels);
}

void BoxOverlap::Add(const Detection& true_box, const std::vector<Detection>& detections) {
  last_ = 0;
  for (const Detection& box : detections) {
    if (label_ < 0 || box.label == label_) last_ = std::max(last_, BoxIou(true_box, box));
  }
  sum_ += last_;
  successes_ += last_ >= 0.5;
  ++frames_;
}

double RelativeAccuracyLossPercent(double uncompressed, double compressed) {
  if (uncompressed == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::abs(uncompressed - compressed) / uncompressed * 100;
}

}  // namespace fsc
