// Planes into a picture and back: identity for every arrangement, and edges replicated into every gap.
#include "tiling/tile_planes.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace fsc {
namespace {

constexpr uint16_t kUnwritten = 65535;

LayerSpec Layer(int channels, int height_cells, int width_cells) {
  return {.name = "a", .channels = channels, .height_cells = height_cells, .width_cells = width_cells};
}

TEST(TilePlanes, RoundTripAndNothingUnwritten) {
  const std::vector<std::vector<LayerSpec>> stacks = {
      {Layer(1, 1, 1)},    {Layer(7, 3, 5)},
      {Layer(13, 1, 1)},   {Layer(128, 9, 12)},
      {Layer(131, 5, 11)}, {Layer(3, 20, 30), Layer(17, 10, 15), Layer(31, 5, 7), Layer(2, 1, 100)}};
  std::mt19937 random(1);
  for (const auto& layers : stacks) {
    for (const Arrangement arrangement : {Arrangement::kTiles, Arrangement::kQuilt, Arrangement::kMpeg}) {
      for (const int multiple : {1, 8}) {
        auto layout = TileLayout::Create(layers, {.arrangement = arrangement, .tile_multiple_px = multiple}, Limits{});
        ASSERT_TRUE(layout.ok());
        Plane<uint16_t> picture(layout->picture_width_px(), layout->picture_height_px());
        picture.samples().assign(picture.samples().size(), kUnwritten);
        std::vector<std::vector<Plane<uint16_t>>> planes(layers.size());
        for (size_t i = 0; i < layers.size(); ++i) {
          for (int p = 0; p < layers[i].channels; ++p) {
            Plane<uint16_t>& plane = planes[i].emplace_back(layers[i].width_cells, layers[i].height_cells);
            for (uint16_t& sample : plane.samples()) sample = uint16_t(random() % 4096);
            PutPlane(*layout, int(i), p, std::as_const(plane).view(), picture.view());
          }
        }
        FillGaps(*layout, picture.view());
        for (const uint16_t sample : picture.samples()) ASSERT_NE(sample, kUnwritten);
        for (size_t i = 0; i < layers.size(); ++i) {
          for (int p = 0; p < layers[i].channels; ++p) {
            Plane<uint16_t> back(layers[i].width_cells, layers[i].height_cells);
            GetPlane(*layout, int(i), p, std::as_const(picture).view(), back.view());
            ASSERT_EQ(back.samples(), planes[i][size_t(p)].samples());
            if (arrangement == Arrangement::kQuilt) continue;
            const auto tile = TileView(*layout, int(i), p, std::as_const(picture).view());
            for (int y = 0; y < tile.height; ++y) {
              for (int x = 0; x < tile.width; ++x) ASSERT_EQ(tile.row(y)[x], back.row(y)[x]);
            }
          }
        }
      }
    }
  }
}

TEST(TilePlanes, PaddingRepeatsTheEdge) {
  auto layout = TileLayout::Create(std::vector{Layer(1, 3, 5)}, {.tile_multiple_px = 8}, Limits{});
  ASSERT_TRUE(layout.ok());
  Plane<uint16_t> picture(layout->picture_width_px(), layout->picture_height_px());
  Plane<uint16_t> plane(5, 3);
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 5; ++x) plane.row(y)[x] = uint16_t(10 * y + x);
  }
  PutPlane(*layout, 0, 0, std::as_const(plane).view(), picture.view());
  FillGaps(*layout, picture.view());
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) {
      ASSERT_EQ(picture.row(y)[x], plane.row(std::min(y, 2))[std::min(x, 4)]) << y << ", " << x;
    }
  }
}

}  // namespace
}  // namespace fsc
