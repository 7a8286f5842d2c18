// video_source.h in a build without FFmpeg.
#include "streams/video_source.h"

namespace fsc {

Result<std::unique_ptr<VideoSource>> OpenVideo(const std::string& path, const Limits&, int, std::optional<TimeBase>) {
  return Usage("this build reads no video", path, "build fsc with -DFSC_WITH_FFMPEG=ON");
}

}  // namespace fsc
