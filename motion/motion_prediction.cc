#include "motion/motion_prediction.h"

#include <algorithm>

namespace fsc {
namespace {

int Median(int a, int b, int c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

}  // namespace

MotionDifference DifferenceGrid::Predict(int x, int y, int size) const {
  if (y == 0) return x > 0 ? At(x - 1, y) : MotionDifference{};
  const MotionDifference above = At(x, y - 1);
  if (x == 0) return above;
  // The upper-right neighbour of a block's lower right leaf lies in the next block.
  const bool right_known = x + size < leaves_x_ && !(size == 1 && (x & 1) && (y & 1));
  const MotionDifference corner = right_known ? At(x + size, y - 1) : At(x - 1, y - 1);
  const MotionDifference beside = At(x - 1, y);
  return {Median(beside.dx, above.dx, corner.dx), Median(beside.dy, above.dy, corner.dy)};
}

}  // namespace fsc
