// network_run.h: the parts of an evaluation that run a network: the uncompressed reference, and the back on decoded
// features. In builds without LibTorch or FFmpeg these are errors that say so (network_run_none.cc), and tensors alone
// can be evaluated.
#ifndef FSC_EVAL_NETWORK_RUN_H_
#define FSC_EVAL_NETWORK_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "eval/clip_coder.h"
#include "eval/eval_point.h"
#include "eval/reference_cache.h"
#include "eval/suite.h"

namespace fsc {

// The model's JSON, front and back.
Result<std::vector<std::string>> ModelFiles(const SuiteModel& model, const Limits& limits);

// Looks at the model, the clip and its labels without running anything. Errors name `clip.truth_where` or the clip.
Status CheckNetworkClip(const SuiteClip& clip, const SuiteModel& model, const Limits& limits);

// Runs front and back over the clip (videos) or the back over the tensors, on one LibTorch thread, and writes the cache
// folder. With `many_threads` > 1 the first frames run again on that many threads, for the times alone.
Status MakeNetworkReference(const SuiteClip& clip, const SuiteModel& model, int many_threads, const std::string& folder,
                            const Limits& limits);

// Runs the back on the frames of an uncompressed run, for their results. kNone where the network has no back.
class OriginalBack {
 public:
  static Result<std::unique_ptr<OriginalBack>> Load(const std::string& model_path, const Limits& limits);
  virtual ~OriginalBack() = default;
  // `frame` has a source size where it comes from a video.
  virtual Result<TaskResult> Run(const ReferenceFrame& frame, const std::vector<LayerSpec>& layers) = 0;
};

// Runs the back on decoded frames and compares with the cached results. Frames come in order.
class BackRun {
 public:
  static Result<std::unique_ptr<BackRun>> Create(const SuiteClip& clip, const SuiteModel& model,
                                                 const std::string& reference_folder, const Limits& limits);
  virtual ~BackRun() = default;
  virtual Status Add(int64_t frame_number, const FeatureFrame& decoded) = 0;
  // Task distortions, accuracies, and time of the back into the point.
  virtual Status Finish(EvalPoint* point) = 0;
};

// Remote inference: the video itself through `config`'s encoder (4:2:0, 8 bit, BT.601), the whole network on what comes
// out. Fills rates, feature and task distortions, accuracies and times.
Status RunRemote(const SuiteClip& clip, const SuiteModel& model, const EncoderConfig& config,
                 const std::string& reference_folder, const Limits& limits, EvalPoint* point);

// Example pictures for the report as PNG: the first frame with what the uncompressed network says drawn on it, the same
// from decoded features of `stream` (`profile` as for DecodeStream), and that frame's channels as tiles.
struct ExamplePicture {
  std::string caption;
  std::vector<uint8_t> png;
};
Result<std::vector<ExamplePicture>> MakeExamples(const SuiteClip& clip, const SuiteModel& model,
                                                 const std::string& reference_folder,
                                                 const std::vector<uint8_t>& stream, const Profile* profile,
                                                 const std::string& name, const Limits& limits);

}  // namespace fsc

#endif  // FSC_EVAL_NETWORK_RUN_H_
