// frame_rate.h: frames per second as people write them, as a fraction.
#ifndef FSC_CORE_FRAME_RATE_H_
#define FSC_CORE_FRAME_RATE_H_

#include <string>

#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

// num/den frames per second: 25 -> 25/1, 29.97 -> 30000/1001, 12.5 -> 25/2.
TimeBase FrameRateFromNumber(double frames_per_second);
// A number or a fraction: "25", "29.97", "30000/1001". kUsage for anything else, and outside 0.001..10000.
Result<TimeBase> ParseFrameRate(const std::string& text);
// As ParseFrameRate reads it: "25", "30000/1001".
std::string FrameRateText(TimeBase rate);

}  // namespace fsc

#endif  // FSC_CORE_FRAME_RATE_H_
