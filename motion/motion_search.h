// motion_search.h: estimates a motion field from pictures. Encoder only: any field is a correct field, so nothing here
// is part of the format; but the result is the same for every thread count and CPU.
//
// Method: a pyramid of half-size pictures; on each level a diamond search per 16 px block from spatial, coarser-level
// and previous-field predictors; quarter-pixel refinement on bilinear samples; then one pass in coding order that
// chooses, for each 32 px block, between one vector and four, by SAD + lambda * bits of the coded difference. A global
// affine model is fitted to the block vectors by iterated, trimmed least squares and kept where the pass with it costs
// less.
#ifndef FSC_MOTION_MOTION_SEARCH_H_
#define FSC_MOTION_MOTION_SEARCH_H_

#include <span>

#include "core/feature_frame.h"
#include "core/plane.h"
#include "core/thread_pool.h"
#include "motion/motion_field.h"

namespace fsc {

struct MotionSearchOptions {
  double lambda = 4.0;  // SAD units (sum of absolute 8-bit differences) per bit of motion, >= 0
  int range_px = 64;    // farthest displacement looked for, 0..kMaxVectorQpel / 4; 0 gives a zero field
  bool subpel = true;   // quarter pixel; otherwise whole pixels
  bool global = true;   // try the affine model
  int unit_px = 1;      // written into the field's geometry
  MotionHint hint;      // candidate predictor and base; may be null
  const MotionField* previous = nullptr;  // earlier field, only a source of predictors; may be null or of another size
  ThreadPool* pool = nullptr;             // borrowed; null = serial
};

// Motion of `current` against `reference`: 8-bit luma of the same size. kUsage when sizes differ, are zero, or exceed
// Limits.
Result<MotionField> EstimateMotion(PlaneView<const uint8_t> current, PlaneView<const uint8_t> reference,
                                   const MotionSearchOptions& options);

// The predicted picture: `reference` moved by `field` with the search's bilinear samples, edges repeated. For tests and
// views.
Plane<uint8_t> CompensateLuma(PlaneView<const uint8_t> reference, const MotionField& field);

}  // namespace fsc

#endif  // FSC_MOTION_MOTION_SEARCH_H_
