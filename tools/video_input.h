// video_input.h: feature frames from a video (or stills) through the front of a split network.
#ifndef FSC_TOOLS_VIDEO_INPUT_H_
#define FSC_TOOLS_VIDEO_INPUT_H_

#include "tools/feature_input.h"

namespace fsc::tools {

// kUsage without a model, and in builds without LibTorch or FFmpeg.
Result<std::unique_ptr<FeatureInput>> OpenVideoInput(const FeatureInputOptions& options);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VIDEO_INPUT_H_
