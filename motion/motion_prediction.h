// motion_prediction.h: the differences of leaf vectors to the base, and how one is predicted from those coded before
// it. Part of the format (docs/latent-motion.md): the syntax codes against it, and the search decides with
// it.
#ifndef FSC_MOTION_MOTION_PREDICTION_H_
#define FSC_MOTION_MOTION_PREDICTION_H_

#include <cstddef>
#include <vector>

namespace fsc {

// Vector minus base, in units of the field's precision.
struct MotionDifference {
  int dx = 0;
  int dy = 0;
  bool operator==(const MotionDifference&) const = default;
};

class DifferenceGrid {
 public:
  DifferenceGrid() = default;
  DifferenceGrid(int leaves_x, int leaves_y)
      : leaves_x_(leaves_x), leaves_y_(leaves_y), values_(size_t(leaves_x) * leaves_y) {}

  int leaves_x() const { return leaves_x_; }
  int leaves_y() const { return leaves_y_; }
  MotionDifference At(int x, int y) const { return values_[size_t(y) * leaves_x_ + x]; }
  void Set(int x, int y, MotionDifference difference) { values_[size_t(y) * leaves_x_ + x] = difference; }

  // For the unit of size x size leaves (1 or 2) whose first leaf is (x, y): the component-wise median of the left, the
  // upper and the upper-right neighbour; upper-left where the upper-right is outside or not coded yet. Without an upper
  // row the left one, without a left column the upper one, without both zero.
  MotionDifference Predict(int x, int y, int size) const;

 private:
  int leaves_x_ = 0;
  int leaves_y_ = 0;
  std::vector<MotionDifference> values_;
};

}  // namespace fsc

#endif  // FSC_MOTION_MOTION_PREDICTION_H_
