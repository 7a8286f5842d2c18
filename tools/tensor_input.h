// tensor_input.h: feature frames from .npy and .npz files, with or without the video that they belong to.
#ifndef FSC_TOOLS_TENSOR_INPUT_H_
#define FSC_TOOLS_TENSOR_INPUT_H_

#include "tools/feature_input.h"

namespace fsc::tools {

Result<std::unique_ptr<FeatureInput>> OpenTensorInput(const FeatureInputOptions& options);

// Frames per second as a fraction: 25 -> 25/1, 29.97 -> 30000/1001, 12.5 -> 25/2.
TimeBase FrameRateFromNumber(double frames_per_second);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_TENSOR_INPUT_H_
