// encode_options.h: the command-line options of the encoder's settings, shared by the commands that encode.
#ifndef FSC_TOOLS_ENCODE_OPTIONS_H_
#define FSC_TOOLS_ENCODE_OPTIONS_H_

#include <memory>
#include <string>

#include "fsc/encoder_config.h"
#include "fsc/status.h"

namespace CLI {
class App;
}

namespace fsc::tools {

// The options as text, before they are checked.
struct EncodeOptions {
  EncoderConfig config;
  std::string qp;     // empty = the mode's default
  std::string range;  // empty = the packing's default
  std::string range_update = "intra";
  std::string packing;
  std::string codec_options;
  std::string tiled_options;
  std::string transform = "auto";
  std::string motion = "auto";
  bool no_task_map = false;
  std::string profile;           // path; empty = none
  double max_drop_percent = -1;  // negative = not given
  bool bits_given = false;
  std::string latent_option;  // one that was given and is of the latent mode alone; empty = none
  std::string tiled_option;   // of the tiled modes alone
};

// Adds --mode, --qp, --preset, ... to `command`. `options` must outlive the parse.
void AddEncodeOptions(CLI::App& command, EncodeOptions* options);

// The checked configuration, the profile read; kUsage names the option that is wrong and what it takes.
Result<EncoderConfig> ConfigFrom(const EncodeOptions& options);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_ENCODE_OPTIONS_H_
