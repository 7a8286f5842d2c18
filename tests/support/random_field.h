// random_field.h: motion fields for tests.
#ifndef FSC_TESTS_SUPPORT_RANDOM_FIELD_H_
#define FSC_TESTS_SUPPORT_RANDOM_FIELD_H_

#include <algorithm>
#include <random>

#include "motion/motion_field.h"

namespace fsc {

// A field as a decoder makes it: every block's leaves are base + difference. `largest_qpel`: of a difference.
inline MotionField RandomField(const MotionGeometry& geometry, MotionBaseKind kind, const MotionHint& hint,
                               int largest_qpel, std::mt19937* random, int precision_qpel = 1) {
  const auto pick = [&](int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(*random); };
  MotionField field(geometry);
  field.base = kind;
  field.precision_qpel = precision_qpel;
  const int largest = largest_qpel / precision_qpel;
  if (kind == MotionBaseKind::kGlobal) {
    field.global = {pick(-5000, 5000), pick(-5000, 5000), pick(-900, 900),
                    pick(-900, 900),   pick(-900, 900),   pick(-900, 900)};
  }
  const std::vector<MotionVector> base = BaseVectors(geometry, kind, field.global, hint, precision_qpel);
  int dx = 0;
  int dy = 0;
  const auto move = [&] {
    if (pick(0, 2) != 0) return;
    dx = pick(0, 3) == 0 ? 0 : precision_qpel * pick(-largest, largest);
    dy = pick(0, 3) == 0 ? 0 : precision_qpel * pick(-largest, largest);
  };
  for (int block_y = 0; block_y < geometry.blocks_y(); ++block_y) {
    for (int block_x = 0; block_x < geometry.blocks_x(); ++block_x) {
      const int end_x = std::min(2 * block_x + 2, geometry.leaves_x());
      const int end_y = std::min(2 * block_y + 2, geometry.leaves_y());
      const bool single = end_x == 2 * block_x + 1 && end_y == 2 * block_y + 1;
      field.set_split(block_x, block_y, !single && pick(0, 2) == 0);
      move();
      for (int y = 2 * block_y; y < end_y; ++y) {
        for (int x = 2 * block_x; x < end_x; ++x) {
          if (field.split(block_x, block_y)) move();
          const MotionVector b = base[size_t(y) * geometry.leaves_x() + x];
          field.leaf(x, y) = ClampVector(b.dx_qpel + dx, b.dy_qpel + dy, precision_qpel);
        }
      }
    }
  }
  return field;
}

}  // namespace fsc

#endif  // FSC_TESTS_SUPPORT_RANDOM_FIELD_H_
