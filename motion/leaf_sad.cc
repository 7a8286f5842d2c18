#include "motion/leaf_sad.h"

#include <cstdlib>

#include "motion/motion_field.h"

namespace fsc {

uint32_t LeafSadPlain(const uint8_t* current, ptrdiff_t current_stride, const uint8_t* reference,
                      ptrdiff_t reference_stride, int fx, int fy) {
  uint32_t sum = 0;
  for (int y = 0; y < kMotionLeafPx; ++y) {
    const uint8_t* row = reference + y * reference_stride;
    const uint8_t* below = fy > 0 ? row + reference_stride : row;
    for (int x = 0; x < kMotionLeafPx; ++x) {
      const int right = fx > 0 ? x + 1 : x;
      const int sample =
          ((4 - fy) * ((4 - fx) * row[x] + fx * row[right]) + fy * ((4 - fx) * below[x] + fx * below[right]) + 8) >> 4;
      sum += uint32_t(std::abs(current[y * current_stride + x] - sample));
    }
  }
  return sum;
}

}  // namespace fsc
