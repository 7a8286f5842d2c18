// network_files_none.cc: stands in for network_files.cc in builds without LibTorch or FFmpeg, which use no models.
#include "tools/output_guard.h"

namespace fsc::tools {

std::vector<std::string> NetworkFiles(const std::string& model_path) {
  return {model_path};
}

}  // namespace fsc::tools
