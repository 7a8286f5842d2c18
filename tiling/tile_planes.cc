#include "tiling/tile_planes.h"

#include <algorithm>
#include <cstring>

namespace fsc {
namespace {

// Continues the last sample of columns [0, from_px) up to `to_px`.
void ReplicateRight(uint16_t* row, int from_px, int to_px) {
  if (from_px < to_px) std::fill(row + from_px, row + to_px, row[from_px - 1]);
}

void FillTilePadding(const LayerBand& band, const Placement& at, PlaneView<uint16_t> picture) {
  if (band.tile_width_px > band.width_cells) {
    for (int y = 0; y < band.height_cells; ++y) {
      ReplicateRight(picture.row(at.top_px + y) + at.left_px, band.width_cells, band.tile_width_px);
    }
  }
  const uint16_t* last = picture.row(at.top_px + band.height_cells - 1) + at.left_px;
  for (int y = band.height_cells; y < band.tile_height_px; ++y) {
    std::memcpy(picture.row(at.top_px + y) + at.left_px, last, size_t(band.tile_width_px) * sizeof(uint16_t));
  }
}

void FillBand(const TileLayout& layout, int layer, PlaneView<uint16_t> picture) {
  const LayerBand& band = layout.bands()[size_t(layer)];
  const bool quilt = layout.arrangement() == Arrangement::kQuilt;
  if (quilt) {
    const Placement last = layout.PlacementOf(layer, band.channels - 1);
    for (int hole = band.channels; hole < band.rows * band.columns; ++hole) {
      const Placement at = layout.PlacementOf(layer, hole);
      for (int y = 0; y < band.height_cells; ++y) {
        const uint16_t* from = picture.row(last.top_px + y * last.step_y) + last.left_px;
        uint16_t* to = picture.row(at.top_px + y * at.step_y) + at.left_px;
        for (int x = 0; x < band.width_cells; ++x) to[x * at.step_x] = from[x * last.step_x];
      }
    }
  } else if (band.tile_width_px > band.width_cells || band.tile_height_px > band.height_cells) {
    for (int p = 0; p < band.channels; ++p) FillTilePadding(band, layout.PlacementOf(layer, p), picture);
  }
  const int in_last_row = band.channels - (band.rows - 1) * band.columns;
  for (int y = 0; y < band.height_px(); ++y) {
    const bool short_row = !quilt && y / band.tile_height_px == band.rows - 1;
    const int covered_px = short_row ? in_last_row * band.tile_width_px : band.width_px();
    ReplicateRight(picture.row(band.top_px + y), covered_px, picture.width);
  }
}

}  // namespace

void PutPlane(const TileLayout& layout, int layer, int position, PlaneView<const uint16_t> plane,
              PlaneView<uint16_t> picture) {
  const Placement at = layout.PlacementOf(layer, position);
  for (int y = 0; y < plane.height; ++y) {
    const uint16_t* from = plane.row(y);
    uint16_t* to = picture.row(at.top_px + y * at.step_y) + at.left_px;
    for (int x = 0; x < plane.width; ++x) to[ptrdiff_t{x} * at.step_x] = from[x];
  }
}

void GetPlane(const TileLayout& layout, int layer, int position, PlaneView<const uint16_t> picture,
              PlaneView<uint16_t> plane) {
  const Placement at = layout.PlacementOf(layer, position);
  for (int y = 0; y < plane.height; ++y) {
    const uint16_t* from = picture.row(at.top_px + y * at.step_y) + at.left_px;
    uint16_t* to = plane.row(y);
    for (int x = 0; x < plane.width; ++x) to[x] = from[ptrdiff_t{x} * at.step_x];
  }
}

void FillGaps(const TileLayout& layout, PlaneView<uint16_t> picture) {
  for (size_t layer = 0; layer < layout.bands().size(); ++layer) FillBand(layout, int(layer), picture);
  const uint16_t* last = picture.row(layout.content_height_px() - 1);
  for (int y = layout.content_height_px(); y < picture.height; ++y) {
    std::memcpy(picture.row(y), last, size_t(picture.width) * sizeof(uint16_t));
  }
}

}  // namespace fsc
