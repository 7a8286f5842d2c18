#include "tools/feature_input.h"

#include "tools/tensor_input.h"
#include "tools/video_input.h"

namespace fsc::tools {
namespace {

bool HasExtension(const std::string& path, const char* extension) {
  return path.ends_with(extension);
}

}  // namespace

bool IsTensorFile(const std::string& path) {
  return HasExtension(path, ".npy") || HasExtension(path, ".npz");
}
bool IsStreamFile(const std::string& path) {
  return HasExtension(path, ".fsc");
}
bool HoldsFeatures(const std::string& path) {
  return IsTensorFile(path) || IsStreamFile(path) || path == "-";
}

Result<std::unique_ptr<FeatureInput>> OpenFeatureInput(const FeatureInputOptions& options) {
  if (IsTensorFile(options.path)) return OpenTensorInput(options);
  if (IsStreamFile(options.path)) {
    return Usage("a .fsc stream is already coded", options.path, "decode it to .npy or .npz first");
  }
  return OpenVideoInput(options);
}

}  // namespace fsc::tools
