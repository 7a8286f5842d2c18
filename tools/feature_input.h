// feature_input.h: where a command's feature frames come from: a video through a network's front, or tensor files.
#ifndef FSC_TOOLS_FEATURE_INPUT_H_
#define FSC_TOOLS_FEATURE_INPUT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/image.h"
#include "fsc/encoder.h"
#include "fsc/plane.h"
#include "fsc/warning.h"
#include "tools/frame_range.h"
#include "tools/size_option.h"
#include "tools/yuv_tensors.h"

namespace fsc::tools {

struct InputFrame {
  FeatureFrame frame;
  Plane<uint8_t> luma;     // the network's input as luma; empty without a video
  Image image;             // the source picture; empty for tensors
  double front_s = 0;      // time spent in preprocessing and the front
  double front_cpu_s = 0;  // the processor's share of it
};

class FeatureInput {
 public:
  virtual ~FeatureInput() = default;
  // Final once the first frame is read; the first call of Next() may be needed to know the shapes.
  virtual const StreamInfo& stream() const = 0;
  virtual std::optional<int64_t> frames() const = 0;  // how many Next() will give, where known
  virtual Result<std::optional<InputFrame>> Next() = 0;
  // What was mended in the input or is missing from it; complete once Next() has given nullopt.
  virtual Warnings warnings() const { return {}; }
  // Next() has failed because the video ends too early or is damaged from there on: the frames before are good.
  virtual bool broke_off() const { return false; }
};

struct FeatureInputOptions {
  std::string path;
  std::string model_path;              // needed for videos; of tensors, it says their strides
  PictureSize size;                    // that pictures are resized to first
  std::string video_path;              // beside tensors: the clip they belong to, for motion
  std::vector<std::string> layers;     // of a .npz, in order; empty = all
  YuvOptions yuv;                      // of raw pictures: what they are and where their channels lie
  PictureSize input_size;              // of tensors, told in the stream: the network's input
  PictureSize source_size;             // and its pictures before resizing
  std::vector<int> strides_px;         // of tensors: one for all layers or one a layer; empty = the network's, else 1
  std::optional<TimeBase> frame_rate;  // of tensors, stills and elementary streams, frames per second
  FrameRange frames;
  int threads = 1;         // the frames do not depend on it
  bool read_ahead = true;  // of a video, up to `threads` frames, which then go through the front side by side
};

// Files tell by their first bytes what they are; what is no file, or says nothing, by its extension in any case.
// True for .npy, .npz, .npy.gz and folders of them.
bool IsTensorFile(const std::string& path);
// True for .fsc.
bool IsStreamFile(const std::string& path);
// Raw pictures whose tiles are channels: they were described, or have the name and no network that would take them as a
// video.
bool AreRawPictures(const FeatureInputOptions& options);
// A pipe that has no name to tell by, standard input or a named one; reading what it holds would take it away.
bool IsNamelessPipe(const std::string& path);
// Standard input, whose first bytes are neither those of tensors nor of a stream.
bool IsVideoOnStandardInput(const std::string& path);
// Features that are there already: tensors, a stream, or a pipe that may hold them. Anything else is a video.
bool HoldsFeatures(const std::string& path);

// A pipe is a .npy file; on standard input, where there is a model, it may be a video. kUsage when a video comes
// without a model, this build cannot read it, or an option is given that has no meaning for such an input.
Result<std::unique_ptr<FeatureInput>> OpenFeatureInput(const FeatureInputOptions& options);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_FEATURE_INPUT_H_
