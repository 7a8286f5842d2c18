// frame_range.h: the A:B of --frames.
#ifndef FSC_TOOLS_FRAME_RANGE_H_
#define FSC_TOOLS_FRAME_RANGE_H_

#include <string>

#include "core/frame_range.h"
#include "fsc/status.h"

namespace fsc::tools {

// "A:B", "A:", ":B" or "A" (one frame); empty = all. kUsage for anything else, and for an empty range.
Result<FrameRange> ParseFrameRange(const std::string& text);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_FRAME_RANGE_H_
