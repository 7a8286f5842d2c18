#include "models/detection.h"

#include <algorithm>

namespace fsc {
namespace {

struct Box {
  float x1, y1, x2, y2;  // input pixels
  float score;
  int label;

  float Area() const { return (x2 - x1) * (y2 - y1); }
};

float IntersectionOverUnion(const Box& a, const Box& b) {
  const float width = std::max(0.0f, std::min(a.x2, b.x2) - std::max(a.x1, b.x1));
  const float height = std::max(0.0f, std::min(a.y2, b.y2) - std::max(a.y1, b.y1));
  const float shared = width * height;
  return shared / (a.Area() + b.Area() - shared + 1e-9f);
}

std::vector<Box> Candidates(std::span<const float> raw, int64_t anchors, int64_t classes, float threshold) {
  std::vector<Box> boxes;
  for (int64_t i = 0; i < anchors; ++i) {
    const float* row = raw.data() + i * (5 + classes);
    const float* best =
        std::max_element(row + 5, row + 5 + classes, [&](float a, float b) { return a * row[4] < b * row[4]; });
    const float score = *best * row[4];
    if (!(score >= threshold)) continue;
    boxes.push_back({row[0] - row[2] / 2, row[1] - row[3] / 2, row[0] + row[2] / 2, row[1] + row[3] / 2, score,
                     int(best - (row + 5))});
  }
  std::stable_sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.score > b.score; });
  return boxes;
}

}  // namespace

float ToSourceX(const InputGeometry& geometry, float input_x_px) {
  return float((double(input_x_px) - geometry.offset_x_px) / geometry.scale_x);
}

float ToSourceY(const InputGeometry& geometry, float input_y_px) {
  return float((double(input_y_px) - geometry.offset_y_px) / geometry.scale_y);
}

std::vector<Detection> DetectBoxes(std::span<const float> raw, int64_t anchors, int64_t classes, const TaskSpec& task,
                                   const InputGeometry& geometry) {
  std::vector<Box> kept;
  for (const Box& box : Candidates(raw, anchors, classes, float(task.score_threshold))) {
    const bool suppressed = std::any_of(kept.begin(), kept.end(), [&](const Box& better) {
      return better.label == box.label && IntersectionOverUnion(better, box) > float(task.nms_iou);
    });
    if (!suppressed) kept.push_back(box);
  }
  std::vector<Detection> detections;
  for (const Box& box : kept) {
    detections.push_back({ToSourceX(geometry, box.x1), ToSourceY(geometry, box.y1), ToSourceX(geometry, box.x2),
                          ToSourceY(geometry, box.y2), box.score, box.label});
  }
  return detections;
}

}  // namespace fsc
