// video_input_none.cc: stands in for video_input.cc in builds without LibTorch or FFmpeg.
#include "tools/video_input.h"

namespace fsc::tools {

Result<std::unique_ptr<FeatureInput>> OpenVideoInput(const FeatureInputOptions& options) {
  return Usage("this build of fsc reads tensors only", options.path,
               "give .npy or .npz, or use a build with FSC_WITH_FFMPEG=ON and FSC_WITH_TORCH=ON");
}

}  // namespace fsc::tools
