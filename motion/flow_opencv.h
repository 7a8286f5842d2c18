// flow_opencv.h: a second source of motion: dense inverse search flow (Kroeger et al., "Fast optical flow using dense
// inverse search", ECCV 2016) as OpenCV has it, its median taken per leaf, then the same rate-distortion decision as
// the block search. Encoder only; floating point, so its fields may differ from machine to machine (any field is a
// correct field).
#ifndef FSC_MOTION_FLOW_OPENCV_H_
#define FSC_MOTION_FLOW_OPENCV_H_

#include "motion/motion_luma.h"

namespace fsc {

// True where the build has OpenCV.
bool FlowAvailable();

// As EstimateMotion. Also kUsage where the build has no OpenCV. Pictures of less than 32 px in a direction, which the
// flow cannot take, get the block search.
Result<MotionField> EstimateFlow(const MotionLuma& current, const MotionLuma& reference,
                                 const MotionSearchOptions& options);

}  // namespace fsc

#endif  // FSC_MOTION_FLOW_OPENCV_H_
