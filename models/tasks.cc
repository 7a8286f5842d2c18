#include "models/tasks.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "models/detection.h"
#include "models/torch_module.h"

namespace fsc {
namespace {

constexpr size_t kTopLabels = 5;

// What a check needs to name both sides of a disagreement.
struct Output {
  const TaskSpec& task;
  const InputGeometry& geometry;
  std::vector<int64_t> shape;
  std::vector<float> values;
  const std::string& where;

  Error Unexpected(const std::string& expected) const {
    return BadInput("the back returned a tensor of shape " + ShapeText(shape), where, "expected " + expected);
  }
  std::string ClassesText() const {
    return task.labels.empty() ? "classes" : std::to_string(task.labels.size()) + " (one per label)";
  }
  bool ClassesFit(int64_t classes) const {
    return classes >= 1 && (task.labels.empty() || classes == int64_t(task.labels.size()));
  }
};

Result<TaskResult> Classify(Output output) {
  int64_t classes = 1;
  for (const int64_t size : output.shape) classes = std::max(classes, size);
  const bool flat = output.shape.size() >= 2 && output.shape[0] == 1 && output.shape[1] == classes &&
                    int64_t(output.values.size()) == classes;
  if (!flat || !output.ClassesFit(classes)) {
    return output.Unexpected("classification logits [1, " + output.ClassesText() + "]");
  }
  TaskResult result;
  result.kind = TaskKind::kClassification;
  result.raw_shape = {classes};
  result.raw = std::move(output.values);

  const double highest = *std::max_element(result.raw.begin(), result.raw.end());
  double sum = 0;
  for (const float logit : result.raw) sum += std::exp(logit - highest);
  std::vector<int> order(result.raw.size());
  std::iota(order.begin(), order.end(), 0);
  const size_t count = std::min(kTopLabels, order.size());
  std::partial_sort(order.begin(), order.begin() + std::ptrdiff_t(count), order.end(), [&](int a, int b) {
    return std::pair(-result.raw[size_t(a)], a) < std::pair(-result.raw[size_t(b)], b);
  });
  for (size_t i = 0; i < count; ++i) {
    result.top_labels.push_back(order[i]);
    result.top_scores.push_back(float(std::exp(result.raw[size_t(order[i])] - highest) / sum));
  }
  return result;
}

// The integer by which the logits are smaller than the input, both axes alike and rounded either way; 1 when they cover
// the picture; 0 when neither holds.
int EnlargementFactor(const InputGeometry& geometry, int64_t height, int64_t width) {
  if (height >= geometry.picture_height_px && width >= geometry.picture_width_px) return 1;
  for (int factor = 2; factor <= 64; ++factor) {
    const auto fits = [factor](int64_t cells, int64_t pixels) {
      return cells == pixels / factor || cells == (pixels + factor - 1) / factor;
    };
    if (fits(height, geometry.input_height_px) && fits(width, geometry.input_width_px)) return factor;
  }
  return 0;
}

// The picture's part of one class's logits, written to `out` (picture height x picture width).
void CropPlane(float* plane, int height, int width, int factor, const InputGeometry& geometry, float* out) {
  cv::Mat logits(height, width, CV_32F, plane);
  if (factor > 1) cv::resize(logits, logits, cv::Size(), factor, factor, cv::INTER_LINEAR);
  const int rows = std::min(logits.rows, geometry.picture_height_px);
  const int cols = std::min(logits.cols, geometry.picture_width_px);
  cv::Mat target(geometry.picture_height_px, geometry.picture_width_px, CV_32F, out);
  // Rounding down may leave the last fraction of a cell uncovered: its edge is repeated.
  cv::copyMakeBorder(logits(cv::Rect(0, 0, cols, rows)), target, 0, target.rows - rows, 0, target.cols - cols,
                     cv::BORDER_REPLICATE);
}

Result<TaskResult> Segment(Output output) {
  const InputGeometry& geometry = output.geometry;
  const std::string expected =
      "segmentation logits [1, " + output.ClassesText() + ", " + std::to_string(geometry.input_height_px) + ", " +
      std::to_string(geometry.input_width_px) + "], at most 255 classes, or with both sides an integer factor smaller";
  if (output.shape.size() != 4 || output.shape[0] != 1) return output.Unexpected(expected);
  const int64_t classes = output.shape[1];
  const int64_t height = output.shape[2];
  const int64_t width = output.shape[3];
  const int factor = height < 1 || width < 1 ? 0 : EnlargementFactor(geometry, height, width);
  if (!output.ClassesFit(classes) || classes > 255 || factor == 0) return output.Unexpected(expected);

  TaskResult result;
  result.kind = TaskKind::kSegmentation;
  result.width_px = geometry.picture_width_px;
  result.height_px = geometry.picture_height_px;
  result.raw_shape = {classes, result.height_px, result.width_px};
  const size_t plane_size = size_t(result.width_px) * size_t(result.height_px);
  if (factor == 1 && height == result.height_px && width == result.width_px) {
    result.raw = std::move(output.values);
  } else {
    result.raw.resize(size_t(classes) * plane_size);
    for (int64_t c = 0; c < classes; ++c) {
      CropPlane(output.values.data() + c * height * width, int(height), int(width), factor, geometry,
                result.raw.data() + size_t(c) * plane_size);
    }
  }

  result.labels.assign(plane_size, 0);
  std::vector<float> best(result.raw.begin(), result.raw.begin() + std::ptrdiff_t(plane_size));
  for (int64_t c = 1; c < classes; ++c) {
    const float* plane = result.raw.data() + size_t(c) * plane_size;
    for (size_t i = 0; i < plane_size; ++i) {
      if (plane[i] > best[i]) {
        best[i] = plane[i];
        result.labels[i] = uint8_t(c);
      }
    }
  }
  return result;
}

Result<TaskResult> Detect(Output output) {
  const std::string expected = "detections [1, anchors, 5 + " + output.ClassesText() + "]";
  if (output.shape.size() != 3 || output.shape[0] != 1 || !output.ClassesFit(output.shape[2] - 5)) {
    return output.Unexpected(expected);
  }
  TaskResult result;
  result.kind = TaskKind::kDetection;
  result.raw_shape = {output.shape[1], output.shape[2]};
  result.raw = std::move(output.values);
  result.detections = DetectBoxes(result.raw, output.shape[1], output.shape[2] - 5, output.task, output.geometry);
  return result;
}

Result<TaskResult> Dispatch(Output output) {
  switch (output.task.kind) {
    case TaskKind::kClassification:
      return Classify(std::move(output));
    case TaskKind::kSegmentation:
      return Segment(std::move(output));
    case TaskKind::kDetection:
      return Detect(std::move(output));
    case TaskKind::kNone:
      break;
  }
  TaskResult result;
  result.raw_shape = std::move(output.shape);
  result.raw = std::move(output.values);
  return result;
}

}  // namespace

Result<TaskResult> ReadTaskOutput(const TaskSpec& task, std::vector<int64_t> shape, std::vector<float> values,
                                  const InputGeometry& geometry, const std::string& where) {
  for (const float value : values) {
    if (!std::isfinite(value))
      return BadInput("the back returned NaN or infinity", where, "check the tensors given to it");
  }
  if (values.empty() && task.kind != TaskKind::kDetection) {
    return BadInput("the back returned an empty tensor of shape " + ShapeText(shape), where);
  }
  try {
    return Dispatch({task, geometry, std::move(shape), std::move(values), where});
  } catch (const std::exception& e) {
    return Internal(std::string("post-processing failed: ") + e.what(), where);
  }
}

}  // namespace fsc
