// cell_pictures.h: planes made ready for a motion search at their own size: eight planes together, a byte each, so that
// one vector holds what a leaf's row of cells shows. Encoder only.
#ifndef FSC_MOTION_CELL_PICTURES_H_
#define FSC_MOTION_CELL_PICTURES_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "fsc/plane.h"
#include "motion/cell_rows.h"
#include "motion/search_pictures.h"

namespace fsc {

// Grey levels of a plane: 128 + (v - mean) * scale, clipped and rounded.
struct CellGrey {
  int32_t mean = 0;
  float scale = 0;
};
// Five standard deviations either way.
CellGrey CellGreyOf(PlaneView<const int16_t> plane);

// Planes of one size, interleaved, their edges repeated to whole leaves and kBorder cells further on every side.
class CellPicture {
 public:
  static constexpr int kBorder = 4;

  // 1..kCellPlanes planes; those that are missing stay grey. `leaves_x`, `leaves_y`: at least what the planes need.
  CellPicture(std::span<const PlaneView<const int16_t>> planes, std::span<const CellGrey> greys, int leaves_x,
              int leaves_y);

  int leaves_x() const { return leaves_x_; }
  int leaves_y() const { return leaves_y_; }
  ptrdiff_t stride() const { return stride_; }
  int width() const { return leaves_x_ * kLeafCells + 2 * kBorder; }  // cells, border included
  int height() const { return leaves_y_ * kLeafCells + 2 * kBorder; }
  // x, y in cells, -kBorder..
  const uint8_t* at(int x, int y) const {
    return bytes_.data() + (y + kBorder) * stride_ + ptrdiff_t{x + kBorder} * kCellPlanes;
  }
  // Bytes of a row, border included.
  uint8_t* row(int y) { return bytes_.data() + y * stride_; }
  const uint8_t* row(int y) const { return bytes_.data() + y * stride_; }

 private:
  int leaves_x_;
  int leaves_y_;
  ptrdiff_t stride_;
  std::vector<uint8_t> bytes_;
};

// A reference: the picture and what lies half a cell to its right, below, and both.
class CellReference {
 public:
  explicit CellReference(CellPicture picture);
  // [2 * (half a cell down) + (half a cell right)]
  const CellPicture& phase(int index) const { return phases_[size_t(index)]; }

 private:
  std::vector<CellPicture> phases_;
};

// A level of a search on such pictures. Vectors are in quarter field pixels, of which 32 are a cell.
class CellLevel : public SearchLevel {
 public:
  // Both borrowed; `planes`: how many there are in them.
  CellLevel(const CellPicture* current, const CellReference* reference, int planes)
      : current_(current), reference_(reference), planes_(planes), cell_sad_(FastCellSad()) {}

  int leaves_x() const override { return current_->leaves_x(); }
  int leaves_y() const override { return current_->leaves_y(); }
  double weight() const override { return planes_ * kLeafShare; }
  uint32_t Sad(int leaf_x, int leaf_y, MotionVector v) const override;
  uint32_t Texture(int leaf_x, int leaf_y) const override;

 private:
  static constexpr double kLeafShare = double{kLeafCells} * kLeafCells / (kMotionLeafPx * kMotionLeafPx);

  const CellPicture* current_;
  const CellReference* reference_;
  int planes_;
  CellSadFunction cell_sad_;
};

}  // namespace fsc

#endif  // FSC_MOTION_CELL_PICTURES_H_
