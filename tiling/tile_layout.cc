#include "tiling/tile_layout.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace fsc {
namespace {

constexpr int kPictureMultiplePx = 8;
constexpr int kSmallestPicturePx = 64;
// What one unit of aspect ratio beyond square costs against empty area; 0.1 takes 8 x 16 full tiles before 11 x 12 with
// 4 empty.
constexpr double kAspectWeight = 0.1;

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}
int64_t PictureSize(int64_t content) {
  return std::max<int64_t>(RoundUp(content, kPictureMultiplePx), kSmallestPicturePx);
}

// A layer before it has a grid.
LayerBand BandOf(const LayerSpec& layer, Arrangement arrangement, int tile_multiple_px) {
  LayerBand band;
  band.channels = layer.channels;
  band.height_cells = layer.height_cells;
  band.width_cells = layer.width_cells;
  const int multiple = arrangement == Arrangement::kQuilt ? 1 : tile_multiple_px;
  band.tile_width_px = int(RoundUp(layer.width_cells, multiple));
  band.tile_height_px = int(RoundUp(layer.height_cells, multiple));
  return band;
}

int RowsFor(const LayerBand& band, int64_t columns) {
  return int((band.channels + columns - 1) / columns);
}

// As many columns as fit into width_px, but no more than there are channels.
int ColumnsThatFit(const LayerBand& band, int64_t width_px) {
  return int(std::clamp<int64_t>(width_px / band.tile_width_px, 1, band.channels));
}

// The grid edge of the anchor: the largest divisor of `channels` that is <= sqrt(channels).
int ShortEdge(int channels) {
  int best = 1;
  for (int d = 1; int64_t{d} * d <= channels; ++d) {
    if (channels % d == 0) best = d;
  }
  return best;
}

int64_t PlaneArea(const LayerBand& band) {
  return int64_t{band.height_cells} * band.width_cells;
}

// The columns of bands[widest] that give the cheapest stack of all bands.
int BestColumns(const std::vector<LayerBand>& bands, size_t widest, const Limits& limits) {
  int64_t used_px = 0;
  int64_t widest_tile_px = 0;
  for (const LayerBand& band : bands) {
    used_px += int64_t{band.channels} * band.tile_width_px * band.tile_height_px;
    widest_tile_px = std::max<int64_t>(widest_tile_px, band.tile_width_px);
  }
  int best = 1;
  double best_cost = std::numeric_limits<double>::infinity();
  for (int columns = 1; columns <= bands[widest].channels; ++columns) {
    const int64_t width_px = std::max(int64_t{columns} * bands[widest].tile_width_px, widest_tile_px);
    if (width_px > limits.max_picture_size_px && columns > 1) break;
    int64_t height_px = 0;
    for (const LayerBand& band : bands)
      height_px += int64_t{RowsFor(band, ColumnsThatFit(band, width_px))} * band.tile_height_px;
    const double wide = double(PictureSize(width_px)), tall = double(PictureSize(height_px));
    double cost = wide * tall / double(used_px) * (1 + kAspectWeight * (std::max(wide / tall, tall / wide) - 1));
    if (tall > limits.max_picture_size_px) cost += tall;  // only where nothing fits
    if (cost < best_cost) {
      best_cost = cost;
      best = columns;
    }
  }
  return best;
}

}  // namespace

Result<TileLayout> TileLayout::Create(std::span<const LayerSpec> layers, const TilingConfig& config,
                                      const Limits& limits) {
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, "tiling"));
  if (config.tile_multiple_px < 1 || config.tile_multiple_px > 64) {
    return Usage("tile multiple " + std::to_string(config.tile_multiple_px) + " is outside 1..64",
                 "tiling.tile_multiple_px", "give 1 for no padding, 8 or 16 to align tiles with transform blocks");
  }
  TileLayout layout;
  layout.arrangement_ = config.arrangement;
  layout.tile_multiple_px_ = config.tile_multiple_px;
  for (const LayerSpec& layer : layers)
    layout.bands_.push_back(BandOf(layer, config.arrangement, config.tile_multiple_px));
  std::vector<LayerBand>& bands = layout.bands_;

  std::vector<size_t> stack(bands.size());  // top to bottom
  std::iota(stack.begin(), stack.end(), size_t{0});
  std::stable_sort(stack.begin(), stack.end(),
                   [&](size_t a, size_t b) { return PlaneArea(bands[a]) > PlaneArea(bands[b]); });

  LayerBand& first = bands[stack[0]];
  int first_columns;
  if (config.arrangement == Arrangement::kMpeg) {
    const int edge = ShortEdge(first.channels);
    first_columns = first.width_cells > first.height_cells ? edge : first.channels / edge;
  } else {
    first_columns = BestColumns(bands, stack[0], limits);
  }
  int64_t width_px = int64_t{first_columns} * first.tile_width_px;
  for (const LayerBand& band : bands) width_px = std::max<int64_t>(width_px, band.tile_width_px);
  int64_t height_px = 0;
  for (const size_t i : stack) {
    LayerBand& band = bands[i];
    band.columns = i == stack[0] ? first_columns : ColumnsThatFit(band, width_px);
    band.rows = RowsFor(band, band.columns);
    band.top_px = int(std::min<int64_t>(height_px, std::numeric_limits<int>::max()));
    height_px += int64_t{band.rows} * band.tile_height_px;
  }
  const int64_t picture_width_px = PictureSize(width_px), picture_height_px = PictureSize(height_px);
  if (picture_width_px > limits.max_picture_size_px || picture_height_px > limits.max_picture_size_px ||
      picture_width_px * picture_height_px > limits.max_picture_samples) {
    return Usage("the tiled picture would be " + std::to_string(picture_width_px) + " x " +
                     std::to_string(picture_height_px) + " samples, more than the limit",
                 "tiling",
                 config.arrangement == Arrangement::kMpeg ? "use the near-square tiling instead of the anchor's"
                                                          : "split the layers over several streams");
  }
  layout.content_width_px_ = int(width_px);
  layout.content_height_px_ = int(height_px);
  layout.picture_width_px_ = int(picture_width_px);
  layout.picture_height_px_ = int(picture_height_px);
  return layout;
}

Result<TileLayout> TileLayout::FromParts(std::span<const LayerSpec> layers, Arrangement arrangement,
                                         int tile_multiple_px, int picture_width_px, int picture_height_px,
                                         std::span<const int> columns, std::span<const int> tops_px,
                                         const Limits& limits, const std::string& where) {
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, where));
  if (columns.size() != layers.size() || tops_px.size() != layers.size())
    return Internal("layout parts disagree", where);
  const auto bad = [&](const std::string& what) { return BadInput(what, where, "the stream is damaged"); };
  for (const int side : {picture_width_px, picture_height_px}) {
    if (side < kSmallestPicturePx || side > limits.max_picture_size_px || side % kPictureMultiplePx != 0) {
      return bad("tiled picture of an impossible size");
    }
  }
  if (int64_t{picture_width_px} * picture_height_px > limits.max_picture_samples)
    return bad("tiled picture over the limit");
  if (tile_multiple_px < 1 || tile_multiple_px > 64) return bad("impossible tile multiple");
  TileLayout layout;
  layout.arrangement_ = arrangement;
  layout.tile_multiple_px_ = tile_multiple_px;
  layout.picture_width_px_ = picture_width_px;
  layout.picture_height_px_ = picture_height_px;
  std::vector<std::pair<int, int>> intervals;  // rows of each band: they must not overlap
  for (size_t i = 0; i < layers.size(); ++i) {
    LayerBand band = BandOf(layers[i], arrangement, tile_multiple_px);
    if (columns[i] < 1 || columns[i] > band.channels) return bad("impossible tile grid");
    band.columns = columns[i];
    band.rows = RowsFor(band, band.columns);
    band.top_px = tops_px[i];
    const int64_t width_px = int64_t{band.columns} * band.tile_width_px;
    const int64_t height_px = int64_t{band.rows} * band.tile_height_px;
    if (width_px > picture_width_px || band.top_px < 0 || band.top_px > picture_height_px ||
        height_px > picture_height_px - band.top_px) {
      return bad("tiles outside the picture");
    }
    layout.content_width_px_ = std::max(layout.content_width_px_, int(width_px));
    layout.content_height_px_ = std::max(layout.content_height_px_, int(band.top_px + height_px));
    intervals.emplace_back(band.top_px, band.top_px + int(height_px));
    layout.bands_.push_back(band);
  }
  std::sort(intervals.begin(), intervals.end());
  for (size_t i = 1; i < intervals.size(); ++i) {
    if (intervals[i].first < intervals[i - 1].second) return bad("layers overlap in the picture");
  }
  return layout;
}

Placement TileLayout::PlacementOf(int layer, int position) const {
  const LayerBand& band = bands_[size_t(layer)];
  const int row = position / band.columns, column = position % band.columns;
  if (arrangement_ == Arrangement::kQuilt) return {column, band.top_px + row, band.columns, band.rows};
  return {column * band.tile_width_px, band.top_px + row * band.tile_height_px, 1, 1};
}

}  // namespace fsc
