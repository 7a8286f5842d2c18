// tensor_network_none.cc: stands in for tensor_network.cc in builds without LibTorch or FFmpeg.
#include "tools/tensor_network.h"

namespace fsc::tools {

Status NameNetwork(const std::string& model_path, const std::string&, StreamInfo*) {
  return Usage("this build of fsc reads no models", model_path, "leave --model out, and give --stride");
}

}  // namespace fsc::tools
