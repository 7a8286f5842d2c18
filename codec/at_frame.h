// at_frame.h: which frame an error is about.
#ifndef FSC_CODEC_AT_FRAME_H_
#define FSC_CODEC_AT_FRAME_H_

#include <cstdint>

#include "fsc/status.h"

namespace fsc {

// Puts the frame in front of where an error says it happened, unless it is there.
Status AtFrame(int64_t frame_number, Status status);

}  // namespace fsc

#endif  // FSC_CODEC_AT_FRAME_H_
