// Pictures as MPEG's test software packs them, taken apart and put together again.
#include "tiling/picture_packing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fsc {
namespace {

using ::testing::HasSubstr;

LayerSpec Layer(const char* name, int channels, int height_cells, int width_cells) {
  LayerSpec layer;
  layer.name = name;
  layer.channels = channels;
  layer.height_cells = height_cells;
  layer.width_cells = width_cells;
  return layer;
}

PackedPicture Picture(int width_px, int height_px, PackedPicture::Packing packing = PackedPicture::Packing::kMpeg) {
  PackedPicture picture;
  picture.width_px = width_px;
  picture.height_px = height_px;
  picture.bits = 10;
  picture.packing = packing;
  return picture;
}

// The sizes that pictures of the platform's networks have (reference: compressai_vision.codecs.utils on these shapes).
TEST(PicturePacking, SizesOfTheFieldsNetworks) {
  const auto expect = [](const std::vector<LayerSpec>& layers, int width_px, int height_px) {
    const auto picture = PicturePacking::MpegPicture(Picture(1, 1), layers, Limits{});
    ASSERT_TRUE(picture.ok()) << picture.error().OneLine();
    EXPECT_EQ(picture->width_px, width_px);
    EXPECT_EQ(picture->height_px, height_px);
    EXPECT_TRUE(PicturePacking::Create(*picture, layers, Limits{}).ok());
  };
  // YOLOv3's Darknet-53 at 1088 x 608, and its other split.
  expect({Layer("36", 256, 76, 136), Layer("61", 512, 38, 68), Layer("74", 1024, 19, 34)}, 2176, 2128);
  expect({Layer("105", 128, 76, 136), Layer("90", 256, 38, 68), Layer("75", 512, 19, 34)}, 1088, 2128);
  // One reduced tensor of FCTM.
  expect({Layer("r", 64, 20, 26)}, 208, 160);
}

TEST(PicturePacking, WhatIsTakenApartFitsTogetherAgain) {
  const std::vector<LayerSpec> layers = {Layer("a", 8, 4, 6), Layer("b", 4, 2, 3)};
  const auto picture = PicturePacking::MpegPicture(Picture(1, 1), layers, Limits{});
  ASSERT_TRUE(picture.ok());
  const auto packing = PicturePacking::Create(*picture, layers, Limits{});
  ASSERT_TRUE(packing.ok());
  FeatureFrame frame;
  int next = 0;
  for (const LayerSpec& layer : layers) {
    Tensor tensor(layer.channels, layer.height_cells, layer.width_cells);
    for (float& value : tensor.values()) value = float(next++ % 1024);
    frame.layers.push_back(std::move(tensor));
  }
  Plane<uint16_t> samples(picture->width_px, picture->height_px);
  packing->Pack(frame, samples.view());
  // The short edge of 8 channels is 2; planes wider than tall make it the columns.
  EXPECT_EQ(samples.row(0)[0], 0);
  EXPECT_EQ(samples.row(0)[6], 24);
  EXPECT_EQ(samples.row(4)[0], 48);
  EXPECT_EQ(samples.row(1)[1], 7);
  EXPECT_EQ(samples.row(16)[0], 192);
  const auto back = packing->Unpack(samples.view(), "test");
  ASSERT_TRUE(back.ok()) << back.error().OneLine();
  for (size_t i = 0; i < layers.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(back->layers[i].values(), frame.layers[i].values()));
  }
}

TEST(PicturePacking, AGridWithAnEvenSide) {
  const PackedPicture picture = Picture(22, 10, PackedPicture::Packing::kGrid);
  const auto layer = LayerOfGrid(picture, 7, 5);
  ASSERT_TRUE(layer.ok()) << layer.error().OneLine();
  EXPECT_EQ(layer->channels, 6);
  auto packing = PicturePacking::Create(picture, {&*layer, 1}, Limits{});
  ASSERT_TRUE(packing.ok()) << packing.error().OneLine();
  Plane<uint16_t> samples(22, 10);
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 22; ++x) samples.row(y)[x] = uint16_t(x < 21 ? 20 * y + x : 512);
  }
  packing->TakeFill(std::as_const(samples).view());
  const auto frame = packing->Unpack(std::as_const(samples).view(), "test");
  ASSERT_TRUE(frame.ok()) << frame.error().OneLine();
  EXPECT_EQ(frame->layers[0].plane(4)[0], 20 * 5 + 7);  // second row, second column
  Plane<uint16_t> back(22, 10);
  packing->Pack(*frame, back.view());
  EXPECT_EQ(back.samples(), samples.samples());
  for (const auto& [width, height] : {std::pair(8, 5), std::pair(7, 4), std::pair(23, 5), std::pair(0, 5)}) {
    EXPECT_FALSE(LayerOfGrid(picture, width, height).ok()) << width << " x " << height;
  }
}

TEST(PicturePacking, ValuesAreRoundedAndClipped) {
  const PackedPicture picture = Picture(4, 1, PackedPicture::Packing::kGrid);
  const LayerSpec layer = Layer("a", 1, 1, 4);
  const auto packing = PicturePacking::Create(picture, {&layer, 1}, Limits{});
  ASSERT_TRUE(packing.ok());
  FeatureFrame frame;
  frame.layers.emplace_back(1, 1, 4);
  const float values[] = {-3, 1.5f, 1022.4f, 2000};
  std::ranges::copy(values, frame.layers[0].values().begin());
  Plane<uint16_t> samples(4, 1);
  packing->Pack(frame, samples.view());
  EXPECT_THAT(samples.samples(), testing::ElementsAre(0, 2, 1022, 1023));
}

TEST(PicturePacking, WhatWouldBeLostIsRefused) {
  const PackedPicture picture = Picture(6, 4, PackedPicture::Packing::kMpeg);
  const LayerSpec layer = Layer("a", 3, 2, 3);  // 1 x 3 tiles: 3 wide, 6 tall
  const auto wrong = PicturePacking::Create(picture, {&layer, 1}, Limits{});
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().OneLine(), HasSubstr("3 x 6"));
  EXPECT_THAT(wrong.error().OneLine(), HasSubstr("6 x 4"));
  const LayerSpec grid = Layer("a", 3, 2, 3);  // of four positions
  auto packing = PicturePacking::Create(Picture(6, 4, PackedPicture::Packing::kGrid), {&grid, 1}, Limits{});
  ASSERT_TRUE(packing.ok()) << packing.error().OneLine();
  Plane<uint16_t> samples(6, 4);
  EXPECT_TRUE(packing->Unpack(std::as_const(samples).view(), "test").ok());
  samples.row(3)[5] = 1;
  const auto beside = packing->Unpack(std::as_const(samples).view(), "test");
  ASSERT_FALSE(beside.ok());
  EXPECT_THAT(beside.error().OneLine(), HasSubstr("row 3, column 5"));
  samples.row(3)[5] = 0;
  samples.row(0)[2] = 1024;
  const auto above = packing->Unpack(std::as_const(samples).view(), "test");
  ASSERT_FALSE(above.ok());
  EXPECT_THAT(above.error().OneLine(), HasSubstr("a sample of 1024"));
  for (const int bits : {7, 17}) {
    PackedPicture other = Picture(6, 4);
    other.bits = bits;
    EXPECT_FALSE(PicturePacking::Create(other, {&grid, 1}, Limits{}).ok());
  }
  EXPECT_FALSE(PicturePacking::Create(Picture(1 << 20, 4), {&grid, 1}, Limits{}).ok());
}

}  // namespace
}  // namespace fsc
