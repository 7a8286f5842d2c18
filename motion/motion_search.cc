#include "motion/motion_search.h"

#include <algorithm>

#include "motion/field_from_pictures.h"
#include "motion/local_contrast.h"

namespace fsc {

Result<MotionPicture> MotionPicture::Create(PlaneView<const uint8_t> luma) {
  if (luma.data == nullptr) return Usage("motion search without a picture");
  if (Status status = CheckMotionGeometry({luma.width, luma.height, 1}, Limits(), "motion search"); !status.ok()) {
    return Usage(status.error().what, status.error().where);
  }
  MotionPicture picture;
  picture.pyramid_ = std::make_shared<PicturePyramid>(LocalContrast(luma).view());
  return picture;
}

int MotionPicture::width_px() const {
  return pyramid_->level(0).width_px();
}
int MotionPicture::height_px() const {
  return pyramid_->level(0).height_px();
}

Result<MotionField> EstimateMotion(const MotionPicture& current, const MotionPicture& reference,
                                   const MotionSearchOptions& options) {
  FSC_RETURN_IF_ERROR(CheckSearchOptions(options));
  const MotionGeometry geometry{current.width_px(), current.height_px(), options.unit_px};
  if (geometry.width_px != reference.width_px() || geometry.height_px != reference.height_px()) {
    return Usage("motion search between pictures of different sizes");
  }
  if (Status status = CheckMotionGeometry(geometry, Limits(), "motion search"); !status.ok()) {
    return Usage(status.error().what, status.error().where);
  }
  if (options.range_px == 0) return MotionField(geometry);
  const PicturePyramid* const currents[] = {&current.pyramid()};
  const PicturePyramid* const references[] = {&reference.pyramid()};
  return SearchField(SearchLevels(currents, references, options.range_px), geometry, options);
}

Result<MotionField> EstimateMotion(PlaneView<const uint8_t> current, PlaneView<const uint8_t> reference,
                                   const MotionSearchOptions& options) {
  FSC_ASSIGN_OR_RETURN(const MotionPicture current_picture, MotionPicture::Create(current));
  FSC_ASSIGN_OR_RETURN(const MotionPicture reference_picture, MotionPicture::Create(reference));
  return EstimateMotion(current_picture, reference_picture, options);
}

int MotionPrecisionQpel(int finest_stride_px) {
  return finest_stride_px >= 8 ? 4 : (finest_stride_px >= 4 ? 2 : 1);
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
