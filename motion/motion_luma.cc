#include "motion/motion_luma.h"

#include <algorithm>

namespace fsc {

MotionLuma::MotionLuma(PlaneView<const uint8_t> luma) : luma_(luma.width, luma.height) {
  for (int y = 0; y < luma.height; ++y) std::copy_n(luma.row(y), luma.width, luma_.row(y));
}

const Result<MotionPicture>& MotionLuma::picture() const {
  std::call_once(once_, [this] { picture_.emplace(MotionPicture::Create(view())); });
  return *picture_;
}

Result<MotionField> EstimateMotion(const MotionLuma& current, const MotionLuma& reference,
                                   const MotionSearchOptions& options) {
  for (const MotionLuma* luma : {&current, &reference}) {
    if (!luma->picture().ok()) return Error(luma->picture().error());
  }
  return EstimateMotion(*current.picture(), *reference.picture(), options);
}

}  // namespace fsc
