#include "tiling/grid_finder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace fsc {
namespace {

// Smooth channels, each with a phase of its own, in a grid.
Plane<uint16_t> Mosaic(int columns, int rows, int tile_width_px, int tile_height_px, int seed, int extra_px = 0) {
  std::mt19937 random(uint32_t(seed) + 1);
  Plane<uint16_t> picture(columns * tile_width_px + extra_px, rows * tile_height_px + extra_px);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const double base = double(random() % 600), phase_x = double(random() % 628) / 100,
                   phase_y = double(random() % 628) / 100;
      for (int y = 0; y < tile_height_px; ++y) {
        for (int x = 0; x < tile_width_px; ++x) {
          const double wave = std::sin(0.4 * x + phase_x) + std::cos(0.3 * y + phase_y);
          picture.row(r * tile_height_px + y)[c * tile_width_px + x] = uint16_t(base + 100 * (wave + 2));
        }
      }
    }
  }
  return picture;
}

std::optional<TileSize> Found(const Plane<uint16_t>& picture) {
  GridFinder finder(picture.width(), picture.height());
  finder.Add(picture.view());
  return finder.Find();
}

TEST(GridFinder, FindsTiles) {
  EXPECT_EQ(Found(Mosaic(8, 8, 26, 20, 1)), (TileSize{26, 20}));
  EXPECT_EQ(Found(Mosaic(8, 16, 43, 31, 2)), (TileSize{43, 31}));
  EXPECT_EQ(Found(Mosaic(4, 8, 5, 7, 3)), (TileSize{5, 7}));
  EXPECT_EQ(Found(Mosaic(7, 9, 13, 11, 4, 1)), (TileSize{13, 11})) << "sides made even";
}

TEST(GridFinder, FindsNothingWhereNothingIs) {
  Plane<uint16_t> noise(240, 180);
  std::mt19937 random(5);
  for (uint16_t& sample : noise.samples()) sample = uint16_t(random() % 1024);
  EXPECT_EQ(Found(noise), std::nullopt);
  EXPECT_EQ(Found(Plane<uint16_t>(240, 180)), std::nullopt) << "black";
  EXPECT_EQ(Found(Mosaic(1, 1, 240, 180, 6)), std::nullopt) << "one channel";
  EXPECT_EQ(Found(Plane<uint16_t>(1, 1)), std::nullopt);
}

}  // namespace
}  // namespace fsc
