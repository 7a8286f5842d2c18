#include "motion/motion_search.h"

#include <algorithm>

#include "motion/field_from_pictures.h"

namespace fsc {

Result<MotionField> EstimateMotion(PlaneView<const uint8_t> current, PlaneView<const uint8_t> reference,
                                   const MotionSearchOptions& options) {
  if (current.data == nullptr || reference.data == nullptr || current.width != reference.width ||
      current.height != reference.height) {
    return Usage("motion search between pictures of different sizes");
  }
  FSC_RETURN_IF_ERROR(CheckSearchOptions(options));
  const MotionGeometry geometry{current.width, current.height, options.unit_px};
  if (Status status = CheckMotionGeometry(geometry, Limits(), "motion search"); !status.ok()) {
    return Usage(status.error().what, status.error().where);
  }
  if (options.range_px == 0) return MotionField(geometry);
  SearchLevel pictures;
  pictures.leaf_sad = FastLeafSad();
  pictures.current.emplace_back(current);
  pictures.reference.emplace_back(reference);
  return SearchField(std::move(pictures), geometry, options);
}

Plane<uint8_t> CompensateLuma(PlaneView<const uint8_t> reference, const MotionField& field) {
  Plane<uint8_t> moved(reference.width, reference.height);
  const auto at = [&](int x, int y) {
    return int{reference.row(std::clamp(y, 0, reference.height - 1))[std::clamp(x, 0, reference.width - 1)]};
  };
  const MotionGeometry& geometry = field.geometry();
  for (int y = 0; y < moved.height(); ++y) {
    for (int x = 0; x < moved.width(); ++x) {
      const MotionVector v = field.leaf(std::min(x / kMotionLeafPx, geometry.leaves_x() - 1),
                                        std::min(y / kMotionLeafPx, geometry.leaves_y() - 1));
      const int from_x = x + (v.dx_qpel >> 2);
      const int from_y = y + (v.dy_qpel >> 2);
      const int fx = v.dx_qpel & 3;
      const int fy = v.dy_qpel & 3;
      const int sum = (4 - fy) * ((4 - fx) * at(from_x, from_y) + fx * at(from_x + 1, from_y)) +
                      fy * ((4 - fx) * at(from_x, from_y + 1) + fx * at(from_x + 1, from_y + 1));
      moved.row(y)[x] = uint8_t((sum + 8) >> 4);
    }
  }
  return moved;
}

}  // namespace fsc
