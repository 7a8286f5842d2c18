#include "tiling/picture_packing.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tiling/tile_planes.h"

namespace fsc {
namespace {

constexpr int kLeastBits = 8;
constexpr int kMostBits = 16;
constexpr int kMostPaddingPx = 1;  // samples that make a side even

std::string SizeText(int width_px, int height_px) {
  return std::to_string(width_px) + " x " + std::to_string(height_px);
}

// A grid is a band of one layer; TileLayout makes its picture larger than ours may be, which does not matter here.
Result<TileLayout> LayoutOf(const PackedPicture& picture, std::span<const LayerSpec> layers, const Limits& limits) {
  if (picture.packing == PackedPicture::Packing::kMpeg) {
    TilingConfig config;
    config.arrangement = Arrangement::kMpeg;
    return TileLayout::Create(layers, config, limits);
  }
  const int columns = picture.width_px / std::max(layers[0].width_cells, 1);
  const int top_px = 0;
  if (layers.size() != 1 || columns < 1) return Usage("a grid of tiles is of one layer", "picture");
  const int rows = (layers[0].channels + columns - 1) / columns;
  const auto side = [](int64_t content) { return int(std::max<int64_t>((content + 7) / 8 * 8, 64)); };
  return TileLayout::FromParts(layers, Arrangement::kTiles, 1, side(int64_t{columns} * layers[0].width_cells),
                               side(int64_t{rows} * layers[0].height_cells), {&columns, 1}, {&top_px, 1}, limits,
                               "picture");
}

}  // namespace

Result<LayerSpec> LayerOfGrid(const PackedPicture& picture, int tile_width_px, int tile_height_px) {
  const auto fits = [](int side_px, int tile_px) {
    return tile_px >= 1 && tile_px <= side_px && side_px % tile_px <= kMostPaddingPx;
  };
  if (!fits(picture.width_px, tile_width_px) || !fits(picture.height_px, tile_height_px)) {
    return Usage("tiles of " + SizeText(tile_width_px, tile_height_px) + " do not fill a picture of " +
                     SizeText(picture.width_px, picture.height_px),
                 "picture", "its sides have to be whole numbers of tiles, but for one sample that makes them even");
  }
  LayerSpec layer;
  layer.name = "features";
  layer.width_cells = tile_width_px;
  layer.height_cells = tile_height_px;
  layer.channels = (picture.width_px / tile_width_px) * (picture.height_px / tile_height_px);
  return layer;
}

PicturePacking::PicturePacking(const PackedPicture& picture, std::span<const LayerSpec> layers, TileLayout layout)
    : picture_(picture),
      layers_(layers.begin(), layers.end()),
      layout_(std::move(layout)),
      covered_(picture.width_px, picture.height_px) {
  for (size_t i = 0; i < layers_.size(); ++i) {
    for (int c = 0; c < layers_[i].channels; ++c) {
      const PlaneView<uint8_t> tile = TileView(layout_, int(i), c, covered_.view());
      for (int y = 0; y < tile.height; ++y) std::fill_n(tile.row(y), tile.width, uint8_t{1});
    }
  }
}

Result<PicturePacking> PicturePacking::Create(const PackedPicture& picture, std::span<const LayerSpec> layers,
                                              const Limits& limits) {
  if (picture.width_px < 1 || picture.height_px < 1 || picture.width_px > limits.max_picture_size_px ||
      picture.height_px > limits.max_picture_size_px ||
      int64_t{picture.width_px} * picture.height_px > limits.max_picture_samples) {
    return Usage("a picture of " + SizeText(picture.width_px, picture.height_px) + " samples", "picture",
                 "the limit is " + std::to_string(limits.max_picture_size_px) + " a side");
  }
  if (picture.bits < kLeastBits || picture.bits > kMostBits) {
    return Usage("samples of " + std::to_string(picture.bits) + " bits", "picture", "8 to 16 are read");
  }
  if (picture.fill < 0 || picture.fill >> picture.bits != 0) {
    return Usage("a fill of " + std::to_string(picture.fill), "picture", "it has to be a sample");
  }
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, "picture"));
  FSC_ASSIGN_OR_RETURN(TileLayout layout, LayoutOf(picture, layers, limits));
  const int beside_px = picture.width_px - layout.content_width_px();
  const int below_px = picture.height_px - layout.content_height_px();
  if (beside_px < 0 || below_px < 0 || beside_px > kMostPaddingPx || below_px > kMostPaddingPx) {
    return Usage("the tensors take " + SizeText(layout.content_width_px(), layout.content_height_px()) +
                     " samples and the picture has " + SizeText(picture.width_px, picture.height_px),
                 "picture", "give the shapes and the size that it was made with");
  }
  return PicturePacking(picture, layers, std::move(layout));
}

Result<PackedPicture> PicturePacking::MpegPicture(const PackedPicture& format, std::span<const LayerSpec> layers,
                                                  const Limits& limits) {
  PackedPicture picture = format;
  picture.packing = PackedPicture::Packing::kMpeg;
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, "picture"));
  FSC_ASSIGN_OR_RETURN(const TileLayout layout, LayoutOf(picture, layers, limits));
  picture.width_px = (layout.content_width_px() + 1) / 2 * 2;
  picture.height_px = (layout.content_height_px() + 1) / 2 * 2;
  return picture;
}

void PicturePacking::TakeFill(PlaneView<const uint16_t> samples) {
  for (int y = 0; y < samples.height; ++y) {
    const uint8_t* covered = covered_.row(y);
    const uint8_t* const open = std::find(covered, covered + samples.width, uint8_t{0});
    if (open == covered + samples.width) continue;
    picture_.fill = samples.row(y)[open - covered];
    return;
  }
}

Result<FeatureFrame> PicturePacking::Unpack(PlaneView<const uint16_t> samples, const std::string& where) const {
  const auto at = [&](int y, int x) { return where + ", row " + std::to_string(y) + ", column " + std::to_string(x); };
  for (int y = 0; y < samples.height; ++y) {
    for (int x = 0; x < samples.width; ++x) {
      const int sample = samples.row(y)[x];
      if (sample >> picture_.bits != 0) {
        return BadInput("a sample of " + std::to_string(sample), at(y, x),
                        "there are " + std::to_string(picture_.bits) + " bits: is it another format?");
      }
      if (covered_.row(y)[x] == 0 && sample != picture_.fill) {
        return BadInput("a sample outside the tensors that is not " + std::to_string(picture_.fill), at(y, x),
                        "it would be lost: are these the shapes that the picture was made with?");
      }
    }
  }
  FeatureFrame frame;
  for (size_t i = 0; i < layers_.size(); ++i) {
    Tensor tensor(layers_[i].channels, layers_[i].height_cells, layers_[i].width_cells);
    for (int c = 0; c < layers_[i].channels; ++c) {
      const PlaneView<const uint16_t> tile = TileView(layout_, int(i), c, samples);
      float* out = tensor.plane(c).data();
      for (int y = 0; y < tile.height; ++y) out = std::copy_n(tile.row(y), tile.width, out);
    }
    frame.layers.push_back(std::move(tensor));
  }
  return frame;
}

void PicturePacking::Pack(const FeatureFrame& frame, PlaneView<uint16_t> samples) const {
  for (int y = 0; y < samples.height; ++y) std::fill_n(samples.row(y), samples.width, uint16_t(picture_.fill));
  const float largest = float((1 << picture_.bits) - 1);
  for (size_t i = 0; i < layers_.size(); ++i) {
    for (int c = 0; c < layers_[i].channels; ++c) {
      const PlaneView<uint16_t> tile = TileView(layout_, int(i), c, samples);
      const float* in = frame.layers[i].plane(c).data();
      for (int y = 0; y < tile.height; ++y) {
        for (int x = 0; x < tile.width; ++x) {
          tile.row(y)[x] = uint16_t(std::lround(std::clamp(*in++, 0.0f, largest)));
        }
      }
    }
  }
}

}  // namespace fsc
