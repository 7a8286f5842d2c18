// calibration_set.h: the frames that a calibration learns from, and those it keeps back to judge what was learnt.
//
// Of each clip short blocks of frames are held back, spread over all of it (frame_choice.h); the others are thinned out
// evenly. Frames that show nothing are left out first. Only chosen frames go through the front and stay in memory.
#ifndef FSC_LEARN_CALIBRATION_SET_H_
#define FSC_LEARN_CALIBRATION_SET_H_

#include <functional>
#include <string>
#include <vector>

#include "core/frame_range.h"
#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "fsc/warning.h"
#include "models/input_geometry.h"
#include "models/split_model.h"

namespace fsc {

struct CalibrationFrame {
  FeatureFrame features;
  std::vector<LayerSpec> layers;  // with sizes
  InputGeometry geometry;
  Plane<uint8_t> luma;
};

struct CalibrationClip {
  std::string path;
  int64_t frames = 0;        // of the clip, in the range
  int64_t blank_frames = 0;  // of them: all of one colour, left out
  std::vector<CalibrationFrame> training;
  std::vector<CalibrationFrame> held_back;
  Warnings warnings;  // of its video: what was mended or is missing
};

struct CalibrationSet {
  std::vector<CalibrationClip> clips;

  std::vector<const FeatureFrame*> Training() const;
  std::vector<const FeatureFrame*> HeldBack() const;
  // Clips with frames that were left out, and what their videos warn of.
  Warnings warnings() const;
};

struct CalibrationSetOptions {
  std::vector<std::string> clips;  // as `fsc encode` takes: videos, folders of pictures, patterns
  FrameRange frames;               // of each clip
  int max_frames = 128;            // of all clips together, held back or not
  int held_back_frames = 32;       // of all clips together, but one of each; at most a quarter of a clip
  // Of feature values: of each clip fewer frames are kept where its first one is large, two at least.
  int64_t max_bytes = int64_t{1} << 30;
  int threads = 1;
};

// `note` is called for each frame that was run. kUsage for more clips than a quarter of `max_frames`, fewer than two
// frames to learn from or none to judge by; kIo and kBadInput of the clips,
// kBadInput also for a clip without content: blank, constant or frozen.
Result<CalibrationSet> ReadCalibrationSet(SplitModel* model, const CalibrationSetOptions& options,
                                          const std::function<void()>& note);

}  // namespace fsc

#endif  // FSC_LEARN_CALIBRATION_SET_H_
