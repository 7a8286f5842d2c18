// tile_planes.h: moves whole planes of levels into and out of a tiled picture, and fills what no channel covers.
//
// The tiled modes quantise straight into the picture where they can (kTiles, kMpeg); these functions serve the quilt,
// and are the plain statement of what a layout means.
#ifndef FSC_TILING_TILE_PLANES_H_
#define FSC_TILING_TILE_PLANES_H_

#include <cstdint>

#include "fsc/plane.h"
#include "tiling/tile_layout.h"

namespace fsc {

// `plane` has the size of the layer's planes, `picture` that of the layout's picture.
void PutPlane(const TileLayout& layout, int layer, int position, PlaneView<const uint16_t> plane,
              PlaneView<uint16_t> picture);
void GetPlane(const TileLayout& layout, int layer, int position, PlaneView<const uint16_t> picture,
              PlaneView<uint16_t> plane);

// The part of the picture that holds the plane of `position` as a rectangle; only where the layout is not a quilt.
template <class Sample>
PlaneView<Sample> TileView(const TileLayout& layout, int layer, int position, PlaneView<Sample> picture) {
  const Placement at = layout.PlacementOf(layer, position);
  const LayerBand& band = layout.bands()[size_t(layer)];
  return {picture.row(at.top_px) + at.left_px, band.width_cells, band.height_cells, picture.stride};
}

// After every position of every layer is in place: replicates edges into the padding of tiles, the holes of the last
// grid row (from its left neighbour; in a quilt from the last channel), the right and the bottom of the picture.
void FillGaps(const TileLayout& layout, PlaneView<uint16_t> picture);

}  // namespace fsc

#endif  // FSC_TILING_TILE_PLANES_H_
