// The bytes of a layout: what is written is read back, and damage is an error, never a crash.
#include "tiling/tile_syntax.h"

#include <gtest/gtest.h>

#include <random>
#include <span>
#include <vector>

namespace fsc {
namespace {

std::vector<LayerSpec> Layers() {
  return {{.name = "a", .channels = 30, .height_cells = 9, .width_cells = 12},
          {.name = "b", .channels = 7, .height_cells = 5, .width_cells = 3}};
}

std::vector<uint8_t> Bytes(const TilingConfig& config, const std::vector<LayerOrder>& orders) {
  auto layout = TileLayout::Create(Layers(), config, Limits{});
  EXPECT_TRUE(layout.ok());
  ByteWriter out;
  WriteTileSyntax(*layout, orders, &out);
  return out.Take();
}

LayerOrder Backwards(int channels) {
  LayerOrder order;
  for (int c = channels - 1; c >= 0; --c) {
    order.channel_at.push_back(c);
    order.inverted_at.push_back(c % 3 == 0);
  }
  return order;
}

TEST(TileSyntax, RoundTrip) {
  for (const Arrangement arrangement : {Arrangement::kTiles, Arrangement::kQuilt, Arrangement::kMpeg}) {
    const TilingConfig config{.arrangement = arrangement, .tile_multiple_px = 4};
    const auto bytes = Bytes(config, {Backwards(30), {}});
    ByteReader in(bytes);
    const auto read = ReadTileSyntax(&in, Layers(), Limits{}, "test");
    ASSERT_TRUE(read.ok()) << read.error().OneLine();
    EXPECT_EQ(in.left(), 0u);
    const auto layout = TileLayout::Create(Layers(), config, Limits{});
    EXPECT_EQ(read->layout.picture_width_px(), layout->picture_width_px());
    EXPECT_EQ(read->layout.picture_height_px(), layout->picture_height_px());
    EXPECT_EQ(read->layout.content_height_px(), layout->content_height_px());
    for (int layer : {0, 1}) {
      for (int p = 0; p < Layers()[size_t(layer)].channels; ++p) {
        const Placement a = read->layout.PlacementOf(layer, p), b = layout->PlacementOf(layer, p);
        EXPECT_EQ(a.left_px, b.left_px);
        EXPECT_EQ(a.top_px, b.top_px);
        EXPECT_EQ(a.step_x, b.step_x);
      }
    }
    EXPECT_EQ(read->orders[0].channel_at, Backwards(30).channel_at);
    EXPECT_EQ(read->orders[0].inverted_at, Backwards(30).inverted_at);
    EXPECT_TRUE(read->orders[1].raster());
  }
}

TEST(TileSyntax, EveryCutIsAnError) {
  const auto bytes = Bytes({}, {Backwards(30), Backwards(7)});
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::span<const uint8_t> cut = std::span<const uint8_t>(bytes).first(size);
    ByteReader in(cut);
    EXPECT_FALSE(ReadTileSyntax(&in, Layers(), Limits{}, "test").ok()) << size;
  }
}

TEST(TileSyntax, RepeatedChannelIsAnError) {
  LayerOrder order = Backwards(30);
  order.channel_at[3] = order.channel_at[4];
  const auto bytes = Bytes({}, {order, {}});
  ByteReader in(bytes);
  const auto read = ReadTileSyntax(&in, Layers(), Limits{}, "test");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, ErrorKind::kBadInput);
}

TEST(TileSyntax, RandomBytesNeverGiveALayoutOutsideItsPicture) {
  std::mt19937 random(2);
  const auto good = Bytes({}, {Backwards(30), {}});
  int accepted = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::vector<uint8_t> bytes = good;
    for (int change = 0; change < 1 + trial % 3; ++change) bytes[random() % bytes.size()] = uint8_t(random());
    ByteReader in(bytes);
    const auto read = ReadTileSyntax(&in, Layers(), Limits{}, "test");
    if (!read.ok()) continue;
    ++accepted;
    for (int layer : {0, 1}) {
      const LayerSpec spec = Layers()[size_t(layer)];
      const Placement at = read->layout.PlacementOf(layer, spec.channels - 1);
      ASSERT_LT(at.top_px + (spec.height_cells - 1) * at.step_y, read->layout.picture_height_px());
      ASSERT_LT(at.left_px + (spec.width_cells - 1) * at.step_x, read->layout.picture_width_px());
      ASSERT_LT(read->orders[size_t(layer)].channel(spec.channels - 1), spec.channels);
    }
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace fsc
