// frame_rate_option.h: --fps.
#ifndef FSC_TOOLS_FRAME_RATE_OPTION_H_
#define FSC_TOOLS_FRAME_RATE_OPTION_H_

#include <optional>

#include "fsc/feature_frame.h"

namespace CLI {
class App;
}

namespace fsc::tools {

// Adds --fps to a command that takes tensors or videos. `frame_rate` must outlive the parse.
void AddFrameRateOption(CLI::App& command, std::optional<TimeBase>* frame_rate);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_FRAME_RATE_OPTION_H_
