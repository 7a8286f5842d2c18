// frame_range.h: the A:B of --frames.
#ifndef FSC_TOOLS_FRAME_RANGE_H_
#define FSC_TOOLS_FRAME_RANGE_H_

#include <cstdint>
#include <limits>
#include <string>

#include "fsc/status.h"

namespace fsc::tools {

// Frames first .. last - 1.
struct FrameRange {
  int64_t first = 0;
  int64_t last = std::numeric_limits<int64_t>::max();
};

// "A:B", "A:", ":B" or "A" (one frame); empty = all. kUsage for anything else, and for an empty range.
Result<FrameRange> ParseFrameRange(const std::string& text);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_FRAME_RANGE_H_
