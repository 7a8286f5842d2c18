// tile_syntax.h: the bytes of a layout and its channel orders, as they stand in the configuration of a tiled stream.
//
//   u8 arrangement (0 tiles, 1 quilt, 2 mpeg), leb128 tile multiple, leb128 picture width, leb128 picture height,
//   per layer: leb128 columns, leb128 top row of the band,
//              u8 order (0 raster, 1 explicit); explicit: C times leb128 (channel * 2 + inverted)
#ifndef FSC_TILING_TILE_SYNTAX_H_
#define FSC_TILING_TILE_SYNTAX_H_

#include <span>
#include <string>
#include <vector>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "tiling/channel_order.h"
#include "tiling/tile_layout.h"

namespace fsc {

struct TileSyntax {
  TileLayout layout;
  std::vector<LayerOrder> orders;  // one a layer
};

void WriteTileSyntax(const TileLayout& layout, std::span<const LayerOrder> orders, ByteWriter* out);

// kBadInput when the bytes are malformed, a layout does not fit its picture, or an order is no permutation.
Result<TileSyntax> ReadTileSyntax(ByteReader* in, std::span<const LayerSpec> layers, const Limits& limits,
                                  const std::string& where);

}  // namespace fsc

#endif  // FSC_TILING_TILE_SYNTAX_H_
