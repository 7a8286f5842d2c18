// tile_layout.h: where each cell of each channel of each layer lies in one picture. Pure arithmetic: no samples.
//
// All layers of a frame share one picture. Each layer is a band of full picture width; bands lie below each other.
// Inside its band a layer has `rows` x `columns` positions, filled row by row; position p shows channel order[p] (see
// channel_order.h).
//   kTiles, kMpeg: position (r, c) is a rectangle of tile_width_px x tile_height_px, the plane in its top left corner.
//   kQuilt:        position (r, c) is every rows-th row and every columns-th column of the band, from (r, c) on.
// The content (all bands) is the top left part of the picture, whose sides are multiples of 8 and at least 64 px: what
// video codecs take without padding of their own.
#ifndef FSC_TILING_TILE_LAYOUT_H_
#define FSC_TILING_TILE_LAYOUT_H_

#include <cstdint>
#include <span>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/status.h"
#include "fsc/tiling_config.h"

namespace fsc {

// The band of one layer. rows * columns >= channels; positions from `channels` on are empty.
struct LayerBand {
  int channels = 0;
  int height_cells = 0;
  int width_cells = 0;
  int columns = 0;
  int rows = 0;
  int tile_width_px = 0;  // width_cells rounded up to the tile multiple; kQuilt: width_cells
  int tile_height_px = 0;
  int top_px = 0;  // first picture row of the band

  int height_px() const { return rows * tile_height_px; }
  int width_px() const { return columns * tile_width_px; }
};

// Where cell (y, x) of a position lies: row top_px + y * step_y, column left_px + x * step_x.
struct Placement {
  int left_px = 0;
  int top_px = 0;
  int step_x = 1;
  int step_y = 1;
};

class TileLayout {
 public:
  // kUsage when the picture would exceed the limits on pictures: the message gives its size and says what helps.
  // kMpeg (compressai_vision.codecs.utils, its packing of features): the layer with the largest planes sets the width:
  // short edge of its grid = the largest divisor of C that is <= sqrt(C), more rows than columns where planes are wider
  // than tall; the other layers follow by falling plane size. kTiles, kQuilt: the number of columns that makes the best
  // trade of empty area against distance from a square picture.
  static Result<TileLayout> Create(std::span<const LayerSpec> layers, const TilingConfig& config, const Limits& limits);

  // The layout that has these columns per layer, bands in order of `tops`; for the reader of the syntax. kBadInput when
  // it does not fit the picture or exceeds the limits.
  static Result<TileLayout> FromParts(std::span<const LayerSpec> layers, Arrangement arrangement, int tile_multiple_px,
                                      int picture_width_px, int picture_height_px, std::span<const int> columns,
                                      std::span<const int> tops_px, const Limits& limits, const std::string& where);

  Arrangement arrangement() const { return arrangement_; }
  int tile_multiple_px() const { return tile_multiple_px_; }
  const std::vector<LayerBand>& bands() const { return bands_; }  // in layer order
  int content_width_px() const { return content_width_px_; }
  int content_height_px() const { return content_height_px_; }
  int picture_width_px() const { return picture_width_px_; }
  int picture_height_px() const { return picture_height_px_; }

  // `position` in [0, rows * columns).
  Placement PlacementOf(int layer, int position) const;

 private:
  TileLayout() = default;

  Arrangement arrangement_ = Arrangement::kTiles;
  int tile_multiple_px_ = 1;
  std::vector<LayerBand> bands_;
  int content_width_px_ = 0;
  int content_height_px_ = 0;
  int picture_width_px_ = 0;
  int picture_height_px_ = 0;
};

}  // namespace fsc

#endif  // FSC_TILING_TILE_LAYOUT_H_
