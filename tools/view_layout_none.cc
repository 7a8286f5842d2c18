// view_layout_none.cc: stands in for view_layout.cc in builds without LibTorch or FFmpeg.
#include "tools/view_world.h"

namespace fsc::tools {

Result<SourceLayout> SourceLayoutOf(const std::string& model_path, int, int) {
  return Usage("this build of fsc reads no models", model_path, "leave --model out: the picture is then stretched");
}

}  // namespace fsc::tools
