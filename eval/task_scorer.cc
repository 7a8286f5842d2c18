#include "eval/task_scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fsc {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();  // nothing there that could be right or wrong

}  // namespace

AccuracyScorer::AccuracyScorer(const GroundTruth& truth, const TaskSpec& task)
    : truth_(truth), task_(task), tracked_(truth.tracked_label()) {}

Status AccuracyScorer::AddLabels(int64_t frame, const TaskResult& result, const InputGeometry& geometry) {
  if (!segmentation_) segmentation_.emplace(int(result.raw_shape[0]), task_.ignore_label);
  FSC_ASSIGN_OR_RETURN(const LabelImage truth, truth_.Labels(frame));
  // The label under each pixel of the prediction: by the geometry in the source picture, which the label file may show
  // at another size.
  const double to_file_x = double(truth.width_px) / geometry.source_width_px;
  const double to_file_y = double(truth.height_px) / geometry.source_height_px;
  std::vector<uint8_t> labels(result.labels.size());
  for (int y = 0; y < result.height_px; ++y) {
    const double source_y = (y + 0.5 - geometry.offset_y_px) / geometry.scale_y;
    const int row = std::clamp(int(source_y * to_file_y), 0, truth.height_px - 1);
    for (int x = 0; x < result.width_px; ++x) {
      const double source_x = (x + 0.5 - geometry.offset_x_px) / geometry.scale_x;
      const int column = std::clamp(int(source_x * to_file_x), 0, truth.width_px - 1);
      labels[size_t(y) * result.width_px + x] = truth.labels[size_t(row) * truth.width_px + column];
    }
  }
  return segmentation_->Add(labels, result.labels);
}

Status AccuracyScorer::Add(int64_t frame, const TaskResult& result, const InputGeometry& geometry) {
  switch (truth_.kind()) {
    case TruthKind::kLabelImages:
      return AddLabels(frame, result, geometry);
    case TruthKind::kClassCsv:
      top_.Add(result.top_labels, truth_.ClassOf(frame));
      break;
    case TruthKind::kMot:
    case TruthKind::kCocoJson:
    case TruthKind::kYoloBoxes: {
      std::vector<TrueBox> truth = truth_.Boxes(frame);
      for (TrueBox& box : truth) {
        if (!truth_.relative_boxes()) break;
        box.x1_px *= float(geometry.source_width_px);
        box.x2_px *= float(geometry.source_width_px);
        box.y1_px *= float(geometry.source_height_px);
        box.y2_px *= float(geometry.source_height_px);
        box.area_px2 *= double(geometry.source_width_px) * geometry.source_height_px;
      }
      boxes_.Add(truth, result.detections);
      break;
    }
    case TruthKind::kMaskBoxes:
    case TruthKind::kTrackRects:
      if (truth_.HasTracked(frame)) tracked_.Add(truth_.Tracked(frame), result.detections);
      break;
  }
  return {};
}

std::string AccuracyScorer::name() const {
  switch (truth_.kind()) {
    case TruthKind::kLabelImages:
      return "mIoU";
    case TruthKind::kClassCsv:
      return "top-1";
    case TruthKind::kMot:
    case TruthKind::kCocoJson:
    case TruthKind::kYoloBoxes:
      return "AP";
    default:
      return "box IoU";
  }
}

std::map<std::string, double> AccuracyScorer::values() const {
  switch (truth_.kind()) {
    case TruthKind::kLabelImages: {
      const double miou = segmentation_ ? segmentation_->mean_iou() : kUndefined;
      return {{"accuracy", miou},
              {"miou", miou},
              {"pixel_accuracy", segmentation_ ? segmentation_->pixel_accuracy() : kUndefined}};
    }
    case TruthKind::kClassCsv:
      return {{"accuracy", top_.top1()}, {"top1", top_.top1()}, {"top5", top_.top5()}};
    case TruthKind::kMot:
    case TruthKind::kCocoJson:
    case TruthKind::kYoloBoxes: {
      const CocoAp ap = boxes_.Summary();
      const auto defined = [](double value) { return value < 0 ? kUndefined : value; };
      return {{"accuracy", defined(ap.ap)}, {"ap", defined(ap.ap)}, {"ap50", defined(ap.ap50)}};
    }
    default:
      return {{"accuracy", tracked_.mean_iou()},
              {"box_iou", tracked_.mean_iou()},
              {"box_success", tracked_.success_rate()}};
  }
}

}  // namespace fsc
