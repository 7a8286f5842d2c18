// luma_input_none.cc: stands in for luma_input.cc in builds without FFmpeg.
#include "tools/luma_input.h"

namespace fsc::tools {

Result<std::unique_ptr<LumaInput>> OpenLumaInput(const std::string& video_path, int, int, int64_t, int) {
  return Usage("this build of fsc reads no video", video_path,
               "use a build with FSC_WITH_FFMPEG=ON, or leave out --video");
}

}  // namespace fsc::tools
