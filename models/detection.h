// detection.h: boxes out of the raw output of a YOLOX-style detector (Ge et al., "YOLOX", arXiv:2107.08430).
#ifndef FSC_MODELS_DETECTION_H_
#define FSC_MODELS_DETECTION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "models/input_geometry.h"
#include "models/task_result.h"

namespace fsc {

// raw: `anchors` rows of centre x, centre y, width, height (input pixels), objectness, then `classes` probabilities.
// A row's score is objectness times its best class probability; rows below the threshold go; of two boxes of the same
// class with an intersection over union above nms_iou the lower score goes, best first (greedy). Ties keep the order of
// the rows. Boxes are mapped to the source picture and not clipped to it. Best score first.
std::vector<Detection> DetectBoxes(std::span<const float> raw, int64_t anchors, int64_t classes, const TaskSpec& task,
                                   const InputGeometry& geometry);

// The source position of a point of the network's input.
float ToSourceX(const InputGeometry& geometry, float input_x_px);
float ToSourceY(const InputGeometry& geometry, float input_y_px);

}  // namespace fsc

#endif  // FSC_MODELS_DETECTION_H_
