// suite.h: what `fsc eval` is asked to do: clips x models x configurations x QPs, as read from SUITE.json
// (docs/evaluation.md has the keys). Reading checks the text alone; suite_run.h looks at the files that it names.
#ifndef FSC_EVAL_SUITE_H_
#define FSC_EVAL_SUITE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eval/curve_fit.h"
#include "fsc/encoder_config.h"
#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

struct SuiteModel {
  std::string name;
  std::string path;  // of the model's JSON
};

enum class TruthKind {
  kLabelImages,  // a folder of 8-bit pictures: the class of every pixel
  kMaskBoxes,    // a folder of masks: the bounding box of what is not zero is the one object
  kMot,          // MOT Challenge gt.txt
  kYoloBoxes,    // a folder of .txt files: class, centre x, centre y, width, height, relative to the picture
  kClassCsv,     // file name, class index
  kTrackRects,   // x, y, width, height a line: the one object in each frame
  kCocoJson,     // COCO's instances_*.json
};

struct Truth {
  TruthKind kind = TruthKind::kLabelImages;
  std::string path;
  int label = -1;  // of the objects, for kinds that do not say: 0 = person for COCO networks; -1 = any class
  // kMot: the class that counts as `label`; other classes of people are ignored. -1 = the column that is not used.
  int mot_class = 1;
  double min_visibility = 0.25;  // kMot: less visible objects are ignored; below 0 in the file = unknown
};

struct SuiteClip {
  std::string name;
  std::string path;
  bool tensors = false;         // .npy or .npz
  std::vector<int> strides_px;  // of tensors: one a layer
  int64_t first_frame = 0;
  int64_t end_frame = INT64_MAX;    // not included
  int width_px = 0, height_px = 0;  // pictures are resized to it first (area averaging); 0 = as they are
  // Of tensors: the network's input, and its pictures before resizing, as streams tell them; 0 = unknown.
  int input_width_px = 0, input_height_px = 0;
  int source_width_px = 0, source_height_px = 0;
  std::optional<TimeBase> frame_rate;  // frames per second; none = the file's
  int gop_frames = 0;                  // overrides the configuration's: 1 for unrelated stills; 0 = leave it
  std::vector<std::string> models;     // names; empty = all (tensors: none)
  std::optional<Truth> truth;
  std::string truth_where;  // for errors
};

enum class CoderKind { kStream, kRemote, kRaw };

struct SuiteConfig {
  std::string name;
  CoderKind kind = CoderKind::kStream;
  std::string options;    // kStream: options of `fsc encode`, without --qp
  EncoderConfig encoder;  // kStream: those options, parsed. kRemote: mode, preset, gop and delay of the video itself
  std::vector<int> qps;   // empty for kRaw
  std::map<std::string, std::vector<int>> model_qps;  // by model name, instead of `qps`
  std::vector<std::string> models;                    // only for these; empty = all
  // kStream: paths of calibration profiles by model name; where there are any, the configuration is for their models
  // only.
  std::map<std::string, std::string> profiles;
};

struct Suite {
  std::string path;
  std::string name;
  std::string anchor;  // a configuration's name
  CurveFit fit = CurveFit::kCubic;
  int many_threads = 0;  // > 1: times are measured on that many threads too
  std::vector<SuiteModel> models;
  std::vector<SuiteClip> clips;
  std::vector<SuiteConfig> configs;

  const SuiteModel* FindModel(const std::string& name) const;
};

// "--mode hevc --preset slow" as a configuration; the command-line tool supplies it, so that a suite takes what `fsc
// encode` takes. It refuses what a coder of that kind would not look at, and what says the QP.
using OptionParser = std::function<Result<EncoderConfig>(const std::string& options, CoderKind kind)>;

// Paths are relative to the suite's folder; ${NAME} is an environment variable. kIo when missing, kBadInput naming the
// entry for anything malformed, unknown or out of range.
Result<Suite> ReadSuite(const std::string& path, const OptionParser& parse_options, const Limits& limits);
Result<Suite> ParseSuite(const std::string& json_text, const std::string& path, const OptionParser& parse_options);

// One point to measure.
struct PointPlan {
  const SuiteClip* clip = nullptr;
  const SuiteModel* model = nullptr;  // null for tensors without a network
  const SuiteConfig* config = nullptr;
  int qp = -1;
  std::string ModelName() const { return model == nullptr ? "tensors" : model->name; }
  // Empty = none.
  std::string ProfilePath() const;
};

// All points of the suite, in its order. Borrows `suite`.
std::vector<PointPlan> PlanPoints(const Suite& suite);

}  // namespace fsc

#endif  // FSC_EVAL_SUITE_H_
