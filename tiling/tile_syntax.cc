#include "tiling/tile_syntax.h"

#include <algorithm>

namespace fsc {
namespace {

// A leb128 number that must be in 0..most; broken otherwise.
int BoundedNumber(ByteReader* in, int most) {
  const uint64_t value = in->Leb128();
  if (value > uint64_t(most)) {
    in->MarkBroken();
    return 0;
  }
  return int(value);
}

LayerOrder ReadOrder(ByteReader* in, int channels) {
  LayerOrder order;
  const uint8_t kind = in->U8();
  if (kind > 1) in->MarkBroken();
  if (kind != 1 || in->left() < size_t(channels)) {  // each entry takes a byte at least
    if (kind == 1) in->MarkBroken();
    return order;
  }
  std::vector<bool> seen(size_t(channels), false);
  for (int position = 0; position < channels && !in->broken(); ++position) {
    const int entry = BoundedNumber(in, channels * 2 - 1);
    const int channel = entry / 2;
    if (seen[size_t(channel)]) in->MarkBroken();
    seen[size_t(channel)] = true;
    order.channel_at.push_back(channel);
    order.inverted_at.push_back(entry % 2 != 0);
  }
  return order;
}

}  // namespace

void WriteTileSyntax(const TileLayout& layout, std::span<const LayerOrder> orders, ByteWriter* out) {
  out->U8(uint8_t(layout.arrangement()));
  out->Leb128(uint64_t(layout.tile_multiple_px()));
  out->Leb128(uint64_t(layout.picture_width_px()));
  out->Leb128(uint64_t(layout.picture_height_px()));
  for (size_t i = 0; i < orders.size(); ++i) {
    const LayerBand& band = layout.bands()[i];
    out->Leb128(uint64_t(band.columns));
    out->Leb128(uint64_t(band.top_px));
    out->U8(orders[i].raster() ? 0 : 1);
    if (orders[i].raster()) continue;
    for (int p = 0; p < band.channels; ++p) out->Leb128(uint64_t(orders[i].channel(p)) * 2 + orders[i].inverted(p));
  }
}

Result<TileSyntax> ReadTileSyntax(ByteReader* in, std::span<const LayerSpec> layers, const Limits& limits,
                                  const std::string& where) {
  const uint8_t arrangement = in->U8();
  if (arrangement > uint8_t(Arrangement::kMpeg)) in->MarkBroken();
  const int multiple = BoundedNumber(in, 64);
  const int width_px = BoundedNumber(in, limits.max_picture_size_px);
  const int height_px = BoundedNumber(in, limits.max_picture_size_px);
  std::vector<int> columns, tops_px;
  std::vector<LayerOrder> orders;
  for (const LayerSpec& layer : layers) {
    columns.push_back(BoundedNumber(in, layer.channels));
    tops_px.push_back(BoundedNumber(in, limits.max_picture_size_px));
    orders.push_back(ReadOrder(in, layer.channels));
  }
  FSC_RETURN_IF_ERROR(in->Check("tile layout", where));
  FSC_ASSIGN_OR_RETURN(TileLayout layout, TileLayout::FromParts(layers, Arrangement(arrangement), multiple, width_px,
                                                                height_px, columns, tops_px, limits, where));
  return TileSyntax{std::move(layout), std::move(orders)};
}

}  // namespace fsc
