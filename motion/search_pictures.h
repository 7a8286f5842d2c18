// search_pictures.h: what the motion search looks at: pairs of 8-bit pictures (one pair of lumas, or several planes),
// edges repeated far enough that every vector may be tried. Encoder only.
#ifndef FSC_MOTION_SEARCH_PICTURES_H_
#define FSC_MOTION_SEARCH_PICTURES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "fsc/plane.h"
#include "motion/leaf_sad.h"
#include "motion/motion_field.h"

namespace fsc {

// A picture with its edges repeated to whole 32 px blocks and kBorderPx further on every side.
class PaddedPicture {
 public:
  static constexpr int kBorderPx = 32;

  explicit PaddedPicture(PlaneView<const uint8_t> picture);
  // The mean of every 2 x 2 pixels, rounded half up; odd edges repeated.
  PaddedPicture Half() const;

  int width_px() const { return width_px_; }  // of the picture itself
  int height_px() const { return height_px_; }
  ptrdiff_t stride() const { return samples_.width(); }
  // x in -kBorderPx .. x_end() - 1, y alike.
  const uint8_t* at(int x, int y) const { return samples_.row(y + kBorderPx) + x + kBorderPx; }
  int x_end() const { return samples_.width() - kBorderPx; }
  int y_end() const { return samples_.height() - kBorderPx; }

 private:
  int width_px_ = 0;
  int height_px_ = 0;
  Plane<uint8_t> samples_;
};

// A picture and its halves, down to about 48 px. Made once, used for every search that the picture takes part in.
class PicturePyramid {
 public:
  explicit PicturePyramid(PlaneView<const uint8_t> picture);
  int levels() const { return int(levels_.size()); }
  const PaddedPicture& level(int index) const { return levels_[index]; }

 private:
  std::vector<PaddedPicture> levels_;
};

// One level of a search: current and reference pictures of one size, borrowed, as many of the one as of the other.
struct SearchLevel {
  std::vector<const PaddedPicture*> current;
  std::vector<const PaddedPicture*> reference;
  LeafSadFunction leaf_sad = nullptr;

  int leaves_x() const { return (current[0]->width_px() + kMotionLeafPx - 1) / kMotionLeafPx; }
  int leaves_y() const { return (current[0]->height_px() + kMotionLeafPx - 1) / kMotionLeafPx; }
  // Of the leaf moved by `v` (quarter pixels of this level), summed over the pairs. Any vector.
  uint32_t Sad(int leaf_x, int leaf_y, MotionVector v) const;
  // Sum of absolute differences of the current leaf to its right and lower neighbours, all pictures: how much there is
  // to match.
  uint32_t Texture(int leaf_x, int leaf_y) const;
};

// The levels that a search over `range_px` goes through, level 0 first. Borrows the pyramids, which are all of one
// size.
std::vector<SearchLevel> SearchLevels(std::span<const PicturePyramid* const> current,
                                      std::span<const PicturePyramid* const> reference, int range_px);

}  // namespace fsc

#endif  // FSC_MOTION_SEARCH_PICTURES_H_
