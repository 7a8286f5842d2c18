// task_result.h: what a back says about one frame.
#ifndef FSC_MODELS_TASK_RESULT_H_
#define FSC_MODELS_TASK_RESULT_H_

#include <cstdint>
#include <vector>

#include "models/model_spec.h"

namespace fsc {

struct Detection {
  float x1_px, y1_px, x2_px, y2_px;  // in the SOURCE picture
  float score;                       // 0..1
  int label;
};

struct TaskResult {
  TaskKind kind = TaskKind::kNone;

  // The back's output as it came, for task distortion: classification [classes]; segmentation [classes, H, W] at the
  // input's size, padding cropped; detection [anchors, 5 + classes].
  std::vector<int64_t> raw_shape;
  std::vector<float> raw;

  std::vector<int> top_labels;    // classification: best first, up to 5
  std::vector<float> top_scores;  // their softmax probabilities

  int width_px = 0, height_px = 0;  // segmentation: size of `labels` (the input's, padding cropped)
  std::vector<uint8_t> labels;      // segmentation: arg max per pixel

  std::vector<Detection> detections;  // detection: after score threshold and NMS, best first
};

}  // namespace fsc

#endif  // FSC_MODELS_TASK_RESULT_H_
