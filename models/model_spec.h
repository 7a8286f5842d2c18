// model_spec.h: the JSON description of a split network (docs/models.md has the fields).
#ifndef FSC_MODELS_MODEL_SPEC_H_
#define FSC_MODELS_MODEL_SPEC_H_

#include <array>
#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

enum class TaskKind { kNone, kClassification, kSegmentation, kDetection };

enum class ResizeRule {
  kNone,       // the source size
  kStretch,    // to width x height, aspect ratio given up
  kShortSide,  // short side to `short_side_px`, then a centre crop of width x height
  kLetterbox,  // scaled to fit width x height, image top-left, the rest `pad_value`
};

// OpenCV's rule of the same name, on 8-bit samples. Linear is the default; it does not smooth before it shrinks, area
// does.
enum class Interpolation { kLinear, kNearest, kArea, kCubic };

// From 8-bit BGR pixels to the front's N x 3 x H x W float32: x = (pixel / divide - mean) / std / divide_after, channel
// by channel.
struct InputSpec {
  bool rgb = true;  // channel order of the network's input; false = BGR
  float divide = 255.0f;
  std::array<float, 3> mean{};  // in the network's channel order
  std::array<float, 3> std{1, 1, 1};
  float divide_after = 1.0f;
  ResizeRule resize = ResizeRule::kNone;
  Interpolation interpolation = Interpolation::kLinear;
  int width_px = 0;
  int height_px = 0;
  int short_side_px = 0;
  int multiple_px = 1;     // H and W are padded right and bottom with pad_value to a multiple of it
  float pad_value = 0.0f;  // in pixel units, 0..255
  bool operator==(const InputSpec&) const = default;
};

struct TaskSpec {
  TaskKind kind = TaskKind::kNone;
  std::vector<std::string> labels;
  double score_threshold = 0.3;  // detection
  double nms_iou = 0.65;         // detection
  int ignore_label = -1;         // segmentation: a ground-truth value that does not count; -1 = none
};

struct ModelSpec {
  std::string id;  // "resnet18-camvid-layer2"
  std::string json_path;
  std::string front_path;        // resolved; environment variables as ${NAME}
  std::string back_path;         // empty = no back
  bool back_takes_size = false;  // the back is called as back(layers..., input height, input width), ints in pixels
  InputSpec input;
  std::vector<LayerSpec> layers;  // height and width are 0: they follow from the input
  TaskSpec task;
};

// kIo when missing; kBadInput naming the key for anything malformed, unknown or out of range.
Result<ModelSpec> ReadModelSpec(const std::string& json_path, const Limits& limits);

}  // namespace fsc

#endif  // FSC_MODELS_MODEL_SPEC_H_
