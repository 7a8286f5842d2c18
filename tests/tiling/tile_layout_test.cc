// The arithmetic of layouts: the anchor's picture sizes, limits, and that no two cells share a sample.
#include "tiling/tile_layout.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace fsc {
namespace {

LayerSpec Layer(int channels, int height_cells, int width_cells) {
  return {.name = "a", .channels = channels, .height_cells = height_cells, .width_cells = width_cells};
}

TileLayout MustCreate(const std::vector<LayerSpec>& layers, const TilingConfig& config) {
  auto layout = TileLayout::Create(layers, config, Limits{});
  EXPECT_TRUE(layout.ok()) << layout.error().OneLine();
  return std::move(*layout);
}

struct FieldCase {
  std::vector<LayerSpec> layers;
  int width_px;
  int height_px;
};

// Packed luma frames of CompressAI-Vision's anchor, for the feature sizes of MPEG FCM's test material.
TEST(TileLayout, AnchorPictureSizes) {
  const std::vector<FieldCase> cases = {
      {{Layer(256, 192, 336), Layer(256, 96, 168), Layer(256, 48, 84), Layer(256, 24, 42)}, 5376, 4080},
      {{Layer(256, 200, 336), Layer(256, 100, 168), Layer(256, 50, 84), Layer(256, 25, 42)}, 5376, 4250},
      {{Layer(256, 200, 320), Layer(256, 100, 160), Layer(256, 50, 80), Layer(256, 25, 40)}, 5120, 4250},
      {{Layer(256, 76, 136), Layer(512, 38, 68), Layer(1024, 19, 34)}, 2176, 2128},
      {{Layer(128, 76, 136), Layer(256, 38, 68), Layer(512, 19, 34)}, 1088, 2128},
  };
  for (const FieldCase& c : cases) {
    const TileLayout layout = MustCreate(c.layers, {.arrangement = Arrangement::kMpeg});
    EXPECT_EQ(layout.content_width_px(), c.width_px);
    EXPECT_EQ(layout.content_height_px(), c.height_px);
    EXPECT_EQ(int64_t{layout.content_width_px()} * layout.content_height_px(), TotalElements(c.layers)) << "no gaps";
    EXPECT_EQ(layout.picture_height_px(), (c.height_px + 7) / 8 * 8);
  }
}

TEST(TileLayout, AnchorGivesWidePlanesMoreRows) {
  const TileLayout wide = MustCreate({Layer(128, 45, 60)}, {.arrangement = Arrangement::kMpeg});
  EXPECT_EQ(wide.bands()[0].columns, 8);
  EXPECT_EQ(wide.bands()[0].rows, 16);
  const TileLayout tall = MustCreate({Layer(128, 60, 45)}, {.arrangement = Arrangement::kMpeg});
  EXPECT_EQ(tall.bands()[0].columns, 16);
}

TEST(TileLayout, AnchorOrderOfLayersDoesNotMatter) {
  const TileLayout layout =
      MustCreate({Layer(1024, 19, 34), Layer(256, 76, 136), Layer(512, 38, 68)}, {.arrangement = Arrangement::kMpeg});
  EXPECT_EQ(layout.content_width_px(), 2176);
  EXPECT_EQ(layout.content_height_px(), 2128);
  EXPECT_EQ(layout.bands()[1].top_px, 0) << "the largest planes come first";
}

TEST(TileLayout, NearSquare) {
  for (const auto& [channels, height, width] : std::vector<std::array<int, 3>>{
           {128, 45, 60}, {64, 68, 120}, {131, 90, 120}, {19, 180, 240}, {127, 45, 60}, {1024, 19, 34}, {2048, 7, 7}}) {
    const TileLayout layout = MustCreate({Layer(channels, height, width)}, {});
    const double wide = layout.picture_width_px(), tall = layout.picture_height_px();
    EXPECT_LE(std::max(wide / tall, tall / wide), 2.0) << channels << " x " << height << " x " << width;
    EXPECT_LE(wide * tall, 1.15 * channels * height * width) << channels << " x " << height << " x " << width;
  }
}

TEST(TileLayout, CellsNeverShareASample) {
  const std::vector<std::vector<LayerSpec>> stacks = {
      {Layer(1, 1, 1)},   {Layer(7, 3, 5)},   {Layer(13, 1, 1)},
      {Layer(5, 9, 2)},   {Layer(16, 8, 8)},  {Layer(3, 20, 30), Layer(17, 10, 15), Layer(31, 5, 7), Layer(2, 1, 100)},
      {Layer(1, 90, 70)}, {Layer(97, 1, 13)},
  };
  for (const auto& layers : stacks) {
    for (const Arrangement arrangement : {Arrangement::kTiles, Arrangement::kQuilt, Arrangement::kMpeg}) {
      for (const int multiple : {1, 8, 16}) {
        const TileLayout layout = MustCreate(layers, {.arrangement = arrangement, .tile_multiple_px = multiple});
        EXPECT_EQ(layout.picture_width_px() % 8, 0);
        EXPECT_GE(layout.picture_width_px(), 64);
        EXPECT_GE(layout.picture_height_px(), 64);
        std::vector<int> used(size_t(layout.picture_width_px()) * layout.picture_height_px());
        for (size_t i = 0; i < layers.size(); ++i) {
          for (int p = 0; p < layers[i].channels; ++p) {
            const Placement at = layout.PlacementOf(int(i), p);
            for (int y = 0; y < layers[i].height_cells; ++y) {
              for (int x = 0; x < layers[i].width_cells; ++x) {
                const int row = at.top_px + y * at.step_y, column = at.left_px + x * at.step_x;
                ASSERT_LT(row, layout.content_height_px());
                ASSERT_LT(column, layout.content_width_px());
                ASSERT_EQ(used[size_t(row) * layout.picture_width_px() + column]++, 0);
              }
            }
          }
        }
      }
    }
  }
}

TEST(TileLayout, TilesStartOnTheirMultiple) {
  const TileLayout layout = MustCreate({Layer(11, 7, 9), Layer(5, 3, 4)}, {.tile_multiple_px = 16});
  for (int layer : {0, 1}) {
    for (int p = 0; p < layout.bands()[size_t(layer)].channels; ++p) {
      EXPECT_EQ(layout.PlacementOf(layer, p).left_px % 16, 0);
      EXPECT_EQ(layout.PlacementOf(layer, p).top_px % 16, 0);
    }
  }
}

TEST(TileLayout, TooLargeIsAUsageError) {
  const auto layout =
      TileLayout::Create(std::vector{Layer(1009, 45, 60)}, {.arrangement = Arrangement::kMpeg}, Limits{});
  ASSERT_FALSE(layout.ok());
  EXPECT_EQ(layout.error().kind, ErrorKind::kUsage);
  EXPECT_NE(layout.error().OneLine().find("near-square"), std::string::npos) << layout.error().OneLine();
  EXPECT_TRUE(TileLayout::Create(std::vector{Layer(1009, 45, 60)}, {}, Limits{}).ok()) << "near-square tiles still fit";
  EXPECT_FALSE(TileLayout::Create(std::vector{Layer(4, 4, 4)}, {.tile_multiple_px = 0}, Limits{}).ok());
  Limits small;
  small.max_picture_samples = 1000;
  EXPECT_FALSE(TileLayout::Create(std::vector{Layer(4, 4, 4)}, {}, small).ok());
}

}  // namespace
}  // namespace fsc
