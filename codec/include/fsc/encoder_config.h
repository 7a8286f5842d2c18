// encoder_config.h: every setting of the encoder, with its default. Plain data, which the tool fills in from its
// options and the C interface from its structures.
#ifndef FSC_ENCODER_CONFIG_H_
#define FSC_ENCODER_CONFIG_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "fsc/latent_config.h"
#include "fsc/profile.h"
#include "fsc/quantizer_config.h"
#include "fsc/tiling_config.h"

namespace fsc {

struct EncoderConfig {
  std::string mode = "latent";  // or "float", a picture mode (AvailablePictureModes()), or an encoder's name
  int qp = 32;                  // 0..63
  std::string preset;           // of the mode; empty = its default (x265 and x264: medium)
  std::string tune;             // tiled modes: passed to the encoder
  int gop_frames = 32;          // intra period, 1..1024; closed GOPs
  bool low_delay = false;       // a frame's packet leaves before the next frame comes
  int threads = 1;              // the stream does not depend on it

  // Reduces every frame before the mode sees it; null = none. As LoadProfile() gives it.
  std::shared_ptr<const Profile> profile;
  bool profile_by_hash = false;  // the stream names the profile instead of carrying it: decoders must be given it

  // Latent mode only.
  LatentConfig latent;

  // Tiled modes only.
  QuantizerConfig quantizer;
  TilingConfig tiling;
  std::map<std::string, std::string> codec_options;
};

}  // namespace fsc

#endif  // FSC_ENCODER_CONFIG_H_
