// global_fit.h: the camera's motion from the motion of the leaves: an affine model by iteratively reweighted least
// squares (Cauchy weights), so that moving objects and flat leaves do not bend it. Encoder only; floating point, plain
// and serial, so the same result for every thread count and instruction set.
#ifndef FSC_MOTION_GLOBAL_FIT_H_
#define FSC_MOTION_GLOBAL_FIT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "motion/motion_field.h"

namespace fsc {

// `vectors` and `weights` (>= 0; 0 leaves it out) per leaf, row-major. Nothing where the model says no more than one
// shift would (less than half a pixel between corners), or fewer than a third of the weighted leaves follow it to 3/4
// px.
std::optional<GlobalMotion> FitGlobalMotion(const MotionGeometry& geometry, const std::vector<MotionVector>& vectors,
                                            const std::vector<uint32_t>& weights);

}  // namespace fsc

#endif  // FSC_MOTION_GLOBAL_FIT_H_
