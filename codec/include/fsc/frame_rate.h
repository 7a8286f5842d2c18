// frame_rate.h: frames per second as people write them, as a fraction.
#ifndef FSC_FRAME_RATE_H_
#define FSC_FRAME_RATE_H_

#include <string>

#include "fsc/export.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

// A number or a fraction, as num/den frames per second: "25" -> 25/1, "29.97" -> 30000/1001, "30000/1001". kUsage for
// anything else, and outside 0.001..10000.
FSC_EXPORT Result<TimeBase> ParseFrameRate(const std::string& text);

}  // namespace fsc

#endif  // FSC_FRAME_RATE_H_
