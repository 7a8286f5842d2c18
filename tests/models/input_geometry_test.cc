// How pictures are laid into a network's input: sizes, scales, and the way back to source pixels.
#include "models/input_geometry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/detection.h"

namespace fsc {
namespace {

InputSpec Rule(ResizeRule rule, int width_px, int height_px, int short_side_px = 0) {
  InputSpec input;
  input.resize = rule;
  input.width_px = width_px;
  input.height_px = height_px;
  input.short_side_px = short_side_px;
  return input;
}

InputGeometry Get(const InputSpec& input, int width_px, int height_px) {
  const auto geometry = GeometryFor(input, width_px, height_px);
  EXPECT_TRUE(geometry.ok()) << (geometry.ok() ? "" : geometry.error().OneLine());
  return geometry.ok() ? *geometry : InputGeometry{};
}

TEST(InputGeometry, NoneKeepsTheSizeAndPadsToTheMultiple) {
  InputSpec input;
  input.multiple_px = 32;
  const InputGeometry geometry = Get(input, 481, 360);
  EXPECT_EQ(geometry.input_width_px, 512);
  EXPECT_EQ(geometry.input_height_px, 384);
  EXPECT_EQ(geometry.picture_width_px, 481);
  EXPECT_EQ(geometry.picture_height_px, 360);
  EXPECT_EQ(geometry.scale_x, 1.0);
  EXPECT_EQ(geometry.offset_x_px, 0.0);
}

TEST(InputGeometry, StretchScalesEachAxis) {
  const InputGeometry geometry = Get(Rule(ResizeRule::kStretch, 448, 256), 960, 540);
  EXPECT_EQ(geometry.input_width_px, 448);
  EXPECT_EQ(geometry.input_height_px, 256);
  EXPECT_DOUBLE_EQ(geometry.scale_x, 448.0 / 960);
  EXPECT_DOUBLE_EQ(geometry.scale_y, 256.0 / 540);
  EXPECT_FLOAT_EQ(ToSourceX(geometry, 448), 960);
  EXPECT_FLOAT_EQ(ToSourceY(geometry, 128), 270);
}

TEST(InputGeometry, LetterboxFillsTheBindingSide) {
  const InputGeometry wide = Get(Rule(ResizeRule::kLetterbox, 416, 416), 640, 427);
  EXPECT_EQ(wide.picture_width_px, 416);
  EXPECT_EQ(wide.picture_height_px, 277);  // 427 * 416 / 640 = 277.55
  EXPECT_EQ(wide.input_height_px, 416);
  const InputGeometry tall = Get(Rule(ResizeRule::kLetterbox, 416, 416), 300, 600);
  EXPECT_EQ(tall.picture_width_px, 208);
  EXPECT_EQ(tall.picture_height_px, 416);
  EXPECT_FLOAT_EQ(ToSourceX(tall, 208), 300);
  const InputGeometry thin = Get(Rule(ResizeRule::kLetterbox, 416, 416), 10000, 1);
  EXPECT_EQ(thin.picture_height_px, 1);
}

TEST(InputGeometry, LetterboxRoundsUpToTheMultiple) {
  InputSpec input = Rule(ResizeRule::kLetterbox, 400, 200);
  input.multiple_px = 32;
  const InputGeometry geometry = Get(input, 400, 200);
  EXPECT_EQ(geometry.input_width_px, 416);
  EXPECT_EQ(geometry.input_height_px, 224);
  EXPECT_EQ(geometry.picture_width_px, 400);
}

TEST(InputGeometry, ShortSideThenCentreCrop) {
  const InputGeometry geometry = Get(Rule(ResizeRule::kShortSide, 224, 224, 256), 640, 480);
  EXPECT_EQ(geometry.scaled_width_px, 341);  // 640 * 256 / 480 = 341.33
  EXPECT_EQ(geometry.scaled_height_px, 256);
  EXPECT_EQ(geometry.offset_x_px, -58.0);
  EXPECT_EQ(geometry.offset_y_px, -16.0);
  EXPECT_EQ(geometry.input_width_px, 224);
  // The centre of the crop is the centre of the source, within the rounding of the crop.
  EXPECT_NEAR(ToSourceX(geometry, 112), 320, 1.0);
  EXPECT_NEAR(ToSourceY(geometry, 112), 240, 1.0);
  const auto small = GeometryFor(Rule(ResizeRule::kShortSide, 300, 224, 256), 480, 480);
  ASSERT_FALSE(small.ok());
  EXPECT_THAT(small.error().OneLine(),
              testing::HasSubstr("crop of 300x224 does not fit the scaled picture of 256x256"));
}

TEST(InputGeometry, SizesOutOfRangeAreErrors) {
  EXPECT_FALSE(GeometryFor(InputSpec{}, 0, 10).ok());
  EXPECT_FALSE(GeometryFor(InputSpec{}, 10, -1).ok());
  EXPECT_FALSE(GeometryFor(InputSpec{}, 16385, 10).ok());
  EXPECT_FALSE(GeometryFor(Rule(ResizeRule::kShortSide, 224, 224, 256), 16384, 1).ok());
  InputSpec padded;
  padded.multiple_px = 4096;
  EXPECT_FALSE(GeometryFor(padded, 16384, 16384).ok());
}

}  // namespace
}  // namespace fsc
