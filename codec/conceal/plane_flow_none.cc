// Stands in for plane_flow_opencv.cc in builds without OpenCV.
#include "codec/conceal/cell_motion.h"

namespace fsc {

Result<CellMotion> PlaneFlow(std::span<const float> current, std::span<const float>, int, int) {
  return CellMotion{std::vector<float>(current.size(), 0.0F), std::vector<float>(current.size(), 0.0F)};
}

}  // namespace fsc
