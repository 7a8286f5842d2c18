// motion_luma.h: the luma of a frame, and what a search makes of it, once, however many searches it takes part in.
// Encoder only.
#ifndef FSC_MOTION_MOTION_LUMA_H_
#define FSC_MOTION_MOTION_LUMA_H_

#include <mutex>
#include <optional>

#include "fsc/plane.h"
#include "motion/motion_search.h"

namespace fsc {

class MotionLuma {
 public:
  // Copies `luma`, which has pixels.
  explicit MotionLuma(PlaneView<const uint8_t> luma);

  PlaneView<const uint8_t> view() const { return luma_.view(); }
  // Made with the first call, from any thread. Errors as MotionPicture::Create().
  const Result<MotionPicture>& picture() const;

 private:
  Plane<uint8_t> luma_;
  mutable std::once_flag once_;
  mutable std::optional<Result<MotionPicture>> picture_;
};

// Motion of `current` against `reference`, as of their pictures.
Result<MotionField> EstimateMotion(const MotionLuma& current, const MotionLuma& reference,
                                   const MotionSearchOptions& options);

}  // namespace fsc

#endif  // FSC_MOTION_MOTION_LUMA_H_
