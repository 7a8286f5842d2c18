// enlarge.h: puts a plane of cells on the pixels of a motion field's picture, as 8-bit luma for the motion search.
// Encoder only.
#ifndef FSC_MOTION_ENLARGE_H_
#define FSC_MOTION_ENLARGE_H_

#include <cstdint>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "motion/enlarge_rows.h"
#include "motion/motion_field.h"

namespace fsc {

// Brings samples of both planes to grey levels around their common mean: five standard deviations either way.
ToGrey GreyOf(PlaneView<const int16_t> a, PlaneView<const int16_t> b);

// How the pixels of one picture lie between the cells of one layer, made once for all planes.
class Enlargement {
 public:
  Enlargement(const LayerSpec& layer, const MotionGeometry& geometry);

  // Every pixel interpolated with the six taps of warp.h, without rounding between rows and columns; cells outside the
  // plane are those on its edge. `plane` has the layer's size.
  Plane<uint8_t> Picture(PlaneView<const int16_t> plane, const ToGrey& to_grey) const;

 private:
  // Of every pixel along an axis: its phase in 1/32 cell, and the cell to its left (or above), from kFirstCell to one
  // past the last cell; farther out, all six cells are the one on the edge, as they are there.
  struct Place {
    int cell = 0;
    int phase = 0;
  };
  static constexpr int kFirstCell = -3;

  static std::vector<Place> PlacesOf(int pixels, int cells, const LayerSpec& layer, int unit_px);

  int width_cells_;
  int height_cells_;
  std::vector<AcrossTap> columns_;  // into cells with their edges repeated
  std::vector<Place> rows_;
};

}  // namespace fsc

#endif  // FSC_MOTION_ENLARGE_H_
