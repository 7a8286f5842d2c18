// grid_finder.h: finds the tiles of a picture that says nothing of them. Neighbours within a channel are alike and
// neighbours across a border of tiles are not, so borders stand out in the differences from row to row and from column
// to column.
#ifndef FSC_TILING_GRID_FINDER_H_
#define FSC_TILING_GRID_FINDER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "fsc/plane.h"

namespace fsc {

struct TileSize {
  int width_px = 0;
  int height_px = 0;

  bool operator==(const TileSize&) const = default;
};

class GridFinder {
 public:
  GridFinder(int width_px, int height_px);

  // Pictures of that size; a few of them are surer than one.
  void Add(PlaneView<const uint16_t> picture);
  // The size of tiles that divides the picture, but for one sample that makes a side even, into at least two a side,
  // and whose borders stand out beyond doubt. None where there is no such size: one channel, layers of several sizes,
  // noise.
  std::optional<TileSize> Find() const;

 private:
  int width_px_;
  int height_px_;
  std::vector<double> row_changes_;     // [i]: between row i and the next one
  std::vector<double> column_changes_;  // likewise
};

}  // namespace fsc

#endif  // FSC_TILING_GRID_FINDER_H_
