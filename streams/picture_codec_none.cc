// picture_codec.h in a build without FFmpeg: no mode is available, and every request says so.
#include "streams/picture_codec.h"

namespace fsc {
namespace {

Error NoFfmpeg(const std::string& mode) {
  return Usage("this build has no picture codecs", mode, "build fsc with -DFSC_WITH_FFMPEG=ON");
}

}  // namespace

Result<std::unique_ptr<PictureEncoder>> CreatePictureEncoder(const PictureCodecConfig& config) {
  return NoFfmpeg(config.mode);
}

Result<std::unique_ptr<PictureDecoder>> CreatePictureDecoder(const PictureDecoderConfig& config, const Limits&) {
  return NoFfmpeg(config.mode);
}

Result<QpRange> PictureQpRange(const std::string& mode, int) {
  return NoFfmpeg(mode);
}

bool ChoosesRate(const std::map<std::string, std::string>&) {
  return false;
}

double PictureNoise(const PictureCodecConfig&) {
  return 0;
}

Status CheckPictureMode(const std::string& mode) {
  return NoFfmpeg(mode);
}

std::vector<std::string> AvailablePictureModes() {
  return {};
}

}  // namespace fsc
