// infer_source.h: what `fsc infer` runs a back on: a .fsc stream, tensors, or a video through the same network's front.
#ifndef FSC_TOOLS_INFER_SOURCE_H_
#define FSC_TOOLS_INFER_SOURCE_H_

#include <memory>
#include <optional>
#include <string>

#include "core/image.h"
#include "fsc/feature_frame.h"
#include "fsc/warning.h"
#include "models/split_model.h"
#include "tools/frame_range.h"
#include "tools/size_option.h"

namespace fsc::tools {

struct InferFrame {
  int64_t frame_number = 0;
  FeatureFrame frame;
  InputGeometry geometry;
  Image image;  // the source picture, where there is a video; else empty
};

class InferSource {
 public:
  virtual ~InferSource() = default;
  virtual std::optional<int64_t> frames() const = 0;
  virtual TimeBase time_base() const = 0;
  virtual TimeBase frame_rate() const = 0;
  virtual Result<std::optional<InferFrame>> Next() = 0;
  // What was mended in the input or is missing from it; complete once Next() has given nullopt.
  virtual Warnings warnings() const = 0;
  // Next() has failed because the input ends too early or is damaged from there on: the frames before are good.
  virtual bool broke_off() const = 0;
};

struct InferSourceOptions {
  std::string path;
  std::string video_path;              // beside a stream or tensors: the pictures to draw on
  std::string profile_path;            // of a stream that names it by hash; empty = none
  std::optional<TimeBase> frame_rate;  // of tensors, stills and elementary streams, frames per second
  FrameRange frames;
  PictureSize size;  // that a video's pictures are resized to first
  int threads = 1;   // what comes out does not depend on it
};

// `model` is borrowed: its front runs where `path` is a video. kBadInput where the stream or the tensors are of another
// network, kUsage for an option that has no meaning for such an input.
Result<std::unique_ptr<InferSource>> OpenInferSource(const InferSourceOptions& options, SplitModel* model);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_INFER_SOURCE_H_
