// Stands in for flow_opencv.cc in builds without OpenCV.
#include "motion/flow_opencv.h"

namespace fsc {

bool FlowAvailable() {
  return false;
}

Result<MotionField> EstimateFlow(const MotionLuma&, const MotionLuma&, const MotionSearchOptions&) {
  return Usage("optical flow is not in this build", "", "use the block search, or build with -DFSC_WITH_FFMPEG=ON");
}

}  // namespace fsc
