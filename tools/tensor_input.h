// tensor_input.h: feature frames from .npy and .npz files, with or without the video that they belong to.
#ifndef FSC_TOOLS_TENSOR_INPUT_H_
#define FSC_TOOLS_TENSOR_INPUT_H_

#include "tools/feature_input.h"

namespace fsc::tools {

Result<std::unique_ptr<FeatureInput>> OpenTensorInput(const FeatureInputOptions& options);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_TENSOR_INPUT_H_
