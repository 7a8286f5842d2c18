#include "fsc/modes.h"

#include "fsc/encoder_config.h"
#include "streams/picture_codec.h"

namespace fsc {

std::vector<std::string> AvailableModes() {
  std::vector<std::string> modes = {"latent", "float"};
  for (std::string& mode : AvailablePictureModes()) modes.push_back(std::move(mode));
  return modes;
}

int UsualQp(const std::string& mode, int bits) {
  const int usual = EncoderConfig().qp;
  if (mode == "latent" || mode == "float") return usual;  // and no module is asked
  const auto range = PictureQpRange(mode, bits);
  return range.ok() ? range->usual : usual;
}

}  // namespace fsc
