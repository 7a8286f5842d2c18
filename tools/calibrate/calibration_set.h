// calibration_set.h: the frames that a calibration learns from, and those it keeps back to judge what was learnt.
//
// Of each clip the last frames are held back, consecutive, so that they can be coded as a clip; the others are thinned
// out evenly. Only chosen frames go through the front and stay in memory.
#ifndef FSC_TOOLS_CALIBRATE_CALIBRATION_SET_H_
#define FSC_TOOLS_CALIBRATE_CALIBRATION_SET_H_

#include <functional>
#include <string>
#include <vector>

#include "core/feature_frame.h"
#include "core/plane.h"
#include "models/input_geometry.h"
#include "models/split_model.h"
#include "tools/frame_range.h"

namespace fsc::tools {

struct CalibrationFrame {
  FeatureFrame features;
  std::vector<LayerSpec> layers;  // with sizes
  InputGeometry geometry;
  Plane<uint8_t> luma;
};

struct CalibrationClip {
  std::string path;
  std::vector<CalibrationFrame> training;
  std::vector<CalibrationFrame> held_back;
};

struct CalibrationSet {
  std::vector<CalibrationClip> clips;

  std::vector<const FeatureFrame*> Training() const;
  std::vector<const FeatureFrame*> HeldBack() const;
};

struct CalibrationSetOptions {
  std::vector<std::string> clips;  // as `fsc encode` takes: videos, folders of pictures, patterns
  FrameRange frames;               // of each clip
  int max_frames = 128;            // of all clips together, held back or not
  int held_back_frames = 16;       // of all clips together, but one of each; at most a quarter of a clip
  // Of feature values: of each clip fewer frames are kept where its first one is large, two at least.
  int64_t max_bytes = int64_t{1} << 30;
  int threads = 1;
};

// `note` is called for each frame that was run. kUsage for more clips than a quarter of `max_frames`, fewer than two
// frames to learn from or none to judge by; kIo and kBadInput of the clips.
Result<CalibrationSet> ReadCalibrationSet(SplitModel* model, const CalibrationSetOptions& options,
                                          const std::function<void()>& note);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_CALIBRATE_CALIBRATION_SET_H_
