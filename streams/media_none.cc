// export_muxer.h, picture_file.h and video_writer.h in a build without FFmpeg and OpenCV.
#include "streams/export_muxer.h"
#include "streams/picture_file.h"
#include "streams/video_writer.h"

namespace fsc {
namespace {

Error NoFfmpeg(const std::string& path) {
  return Usage("this build writes no pictures and no video", path, "build fsc with -DFSC_WITH_FFMPEG=ON");
}

}  // namespace

Result<std::unique_ptr<ExportMuxer>> CreateExportMuxer(const std::string& path, const ExportConfig&) {
  return NoFfmpeg(path);
}
Result<std::unique_ptr<VideoWriter>> CreateVideoWriter(const std::string& path, const VideoWriterConfig&) {
  return NoFfmpeg(path);
}
Status WritePng(const std::string& path, const Image&) {
  return NoFfmpeg(path);
}
Status WritePng(const std::string& path, PlaneView<const uint8_t>) {
  return NoFfmpeg(path);
}

}  // namespace fsc
