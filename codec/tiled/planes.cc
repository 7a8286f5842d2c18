#include "codec/tiled/planes.h"

#include "tiling/tile_planes.h"

namespace fsc {

void QuantizeFrame(const TileSyntax& tiles, std::span<const LayerQuantizer> quantizers, const FeatureFrame& frame,
                   PlaneView<uint16_t> picture) {
  const bool quilt = tiles.layout.arrangement() == Arrangement::kQuilt;
  for (size_t layer = 0; layer < quantizers.size(); ++layer) {
    const LayerBand& band = tiles.layout.bands()[layer];
    Plane<uint16_t> levels = quilt ? Plane<uint16_t>(band.width_cells, band.height_cells) : Plane<uint16_t>();
    for (int p = 0; p < band.channels; ++p) {
      const int channel = tiles.orders[layer].channel(p);
      const bool inverted = tiles.orders[layer].inverted(p);
      const auto values = frame.layers[layer].plane(channel);
      if (quilt) {
        quantizers[layer].QuantizePlane(channel, values, inverted, levels.view());
        PutPlane(tiles.layout, int(layer), p, levels.view(), picture);
      } else {
        quantizers[layer].QuantizePlane(channel, values, inverted, TileView(tiles.layout, int(layer), p, picture));
      }
    }
  }
  FillGaps(tiles.layout, picture);
}

void DequantizeFrame(const TileSyntax& tiles, std::span<const LayerQuantizer> quantizers,
                     PlaneView<const uint16_t> picture, FeatureFrame* frame) {
  const bool quilt = tiles.layout.arrangement() == Arrangement::kQuilt;
  for (size_t layer = 0; layer < quantizers.size(); ++layer) {
    const LayerBand& band = tiles.layout.bands()[layer];
    Plane<uint16_t> levels = quilt ? Plane<uint16_t>(band.width_cells, band.height_cells) : Plane<uint16_t>();
    for (int p = 0; p < band.channels; ++p) {
      const int channel = tiles.orders[layer].channel(p);
      const bool inverted = tiles.orders[layer].inverted(p);
      const auto values = frame->layers[layer].plane(channel);
      if (quilt) {
        GetPlane(tiles.layout, int(layer), p, picture, levels.view());
        quantizers[layer].DequantizePlane(channel, levels.view(), inverted, values);
      } else {
        quantizers[layer].DequantizePlane(channel, TileView(tiles.layout, int(layer), p, picture), inverted, values);
      }
    }
  }
}

}  // namespace fsc
