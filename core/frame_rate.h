// frame_rate.h: frames per second, measured or counted, as a fraction; as text: fsc/frame_rate.h.
#ifndef FSC_CORE_FRAME_RATE_H_
#define FSC_CORE_FRAME_RATE_H_

#include "fsc/frame_rate.h"

namespace fsc {

// num/den frames per second: 25 -> 25/1, 29.97 -> 30000/1001, 12.5 -> 25/2.
TimeBase FrameRateFromNumber(double frames_per_second);
// As ParseFrameRate (fsc/frame_rate.h) reads it: "25", "30000/1001".
std::string FrameRateText(TimeBase rate);

}  // namespace fsc

#endif  // FSC_CORE_FRAME_RATE_H_
