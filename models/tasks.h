// tasks.h: what a back's raw output means: classification, segmentation or detection.
#ifndef FSC_MODELS_TASKS_H_
#define FSC_MODELS_TASKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fsc/status.h"
#include "models/input_geometry.h"
#include "models/task_result.h"

namespace fsc {

// Checks and reads one output tensor, of `shape` in C order:
//   classification  [1, classes] (further axes of size 1 allowed)                     softmax, best five
//   segmentation    [1, classes, h, w], h and w those of the input or larger (the surplus at the right and bottom is
//   cut off),
//                   or smaller by an integer factor (enlarged bilinearly)             arg max per pixel
//   detection       [1, anchors, 5 + classes] as detection.h says                     threshold, NMS
//   none            anything: kept as it came
// kBadInput when the shape is another one, when it disagrees with the number of labels, or when a value is NaN or
// infinite; the error says what was expected and what came. `where` names the file that made it.
Result<TaskResult> ReadTaskOutput(const TaskSpec& task, std::vector<int64_t> shape, std::vector<float> values,
                                  const InputGeometry& geometry, const std::string& where);

}  // namespace fsc

#endif  // FSC_MODELS_TASKS_H_
