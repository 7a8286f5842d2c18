// frame_range.h: a part of a clip.
#ifndef FSC_CORE_FRAME_RANGE_H_
#define FSC_CORE_FRAME_RANGE_H_

#include <cstdint>
#include <limits>

namespace fsc {

// Frames first .. last - 1.
struct FrameRange {
  int64_t first = 0;
  int64_t last = std::numeric_limits<int64_t>::max();
};

}  // namespace fsc

#endif  // FSC_CORE_FRAME_RANGE_H_
