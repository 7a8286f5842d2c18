// encoder_settings.h: what a command line of VTM's encoder asks for.
#ifndef FSC_TOOLS_VTM_ENCODER_SETTINGS_H_
#define FSC_TOOLS_VTM_ENCODER_SETTINGS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fsc/encoder_config.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "tools/vtm/picture_source.h"
#include "tools/vtm/vtm_options.h"
#include "tools/yuv_tensors.h"

namespace fsc::tools {

struct EncoderSettings {
  PictureOptions pictures;
  TimeBase frame_rate;
  EncoderConfig config;
  bool qp_is_vtms = false;  // config.qp is on VTM's scale, and the mode has another one (qp_scale.h)
  YuvOptions channels;      // where the picture's channels lie, if that was said
  std::string bitstream;
  std::string reconstruction;      // empty = none
  int reconstruction_bits = 0;     // of its samples
  bool hash = false;               // decode what was coded, and say the MD5 of its pictures
  bool quiet = false;              // only errors are printed
  std::vector<std::string> notes;  // what the command line asks for and does not get, a line each
};

// What the encoder knows.
std::span<const VtmOption> EncoderOptions();

// kUsage for what is missing, out of range, or asks for something that fsc does not do.
Result<EncoderSettings> EncoderSettingsFrom(const VtmOptions& options);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VTM_ENCODER_SETTINGS_H_
