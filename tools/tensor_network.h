// tensor_network.h: tensors that say which network they are of.
#ifndef FSC_TOOLS_TENSOR_NETWORK_H_
#define FSC_TOOLS_TENSOR_NETWORK_H_

#include <string>

#include "fsc/stream_info.h"

namespace fsc::tools {

// Strides, phases and name of the network into `stream`, whose layers have the tensors' shapes. kBadInput when they are
// of another network, with `tensors` as the place; kIo and kBadInput of the network's files; kUsage in builds without
// networks.
Status NameNetwork(const std::string& model_path, const std::string& tensors, StreamInfo* stream);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_TENSOR_NETWORK_H_
