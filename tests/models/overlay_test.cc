// What the overlay changes in a picture, and what it leaves alone.
#include "models/overlay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace fsc {
namespace {

Image Grey(int width_px, int height_px) {
  return {width_px, height_px, std::vector<uint8_t>(3 * size_t(width_px) * size_t(height_px), 128)};
}

bool Changed(const Image& a, const Image& b, int x, int y) {
  const size_t at = 3 * (size_t(y) * size_t(a.width_px) + size_t(x));
  return a.bgr[at] != b.bgr[at] || a.bgr[at + 1] != b.bgr[at + 1] || a.bgr[at + 2] != b.bgr[at + 2];
}

TEST(Overlay, BoxesAreDrawnWhereTheyAre) {
  const Image source = Grey(200, 100);
  const InputGeometry geometry = *GeometryFor(InputSpec{}, 200, 100);
  TaskResult result;
  result.kind = TaskKind::kDetection;
  result.detections = {{40, 30, 120, 80, 0.9f, 0}};
  const auto drawn = DrawOverlay(source, TaskSpec{}, result, geometry);
  ASSERT_TRUE(drawn.ok()) << drawn.error().OneLine();
  EXPECT_TRUE(Changed(source, *drawn, 40, 70));
  EXPECT_TRUE(Changed(source, *drawn, 119, 70));
  EXPECT_TRUE(Changed(source, *drawn, 80, 79));
  EXPECT_FALSE(Changed(source, *drawn, 80, 65));
  EXPECT_FALSE(Changed(source, *drawn, 150, 70));
  EXPECT_EQ(source.bgr, Grey(200, 100).bgr);
}

TEST(Overlay, BoxesFarOutsideAreHarmless) {
  const Image source = Grey(20, 10);
  TaskResult result;
  result.kind = TaskKind::kDetection;
  result.detections = {{-1e30f, -1e30f, 1e30f, 1e30f, 0.5f, 79}, {5, 5, 1, 1, 0.1f, 3}};
  EXPECT_TRUE(DrawOverlay(source, TaskSpec{}, result, *GeometryFor(InputSpec{}, 20, 10)).ok());
}

TEST(Overlay, SegmentsAreBlendedAtSourceScale) {
  InputSpec half;
  half.resize = ResizeRule::kStretch;
  half.width_px = 2;
  half.height_px = 1;
  const Image source = Grey(4, 2);
  TaskResult result;
  result.kind = TaskKind::kSegmentation;
  result.width_px = 2;
  result.height_px = 1;
  result.labels = {1, 2};
  const auto drawn = DrawOverlay(source, TaskSpec{}, result, *GeometryFor(half, 4, 2));
  ASSERT_TRUE(drawn.ok()) << drawn.error().OneLine();
  const auto pixel = [&](int x, int y) {
    const auto at = drawn->bgr.begin() + 3 * (4 * y + x);
    return std::vector<uint8_t>(at, at + 3);
  };
  EXPECT_EQ(pixel(0, 0), pixel(1, 1));
  EXPECT_EQ(pixel(2, 0), pixel(3, 1));
  EXPECT_NE(pixel(1, 0), pixel(2, 0));
}

TEST(Overlay, PixelsOutsideTheCropStay) {
  InputSpec crop;
  crop.resize = ResizeRule::kShortSide;
  crop.short_side_px = 10;
  crop.width_px = 10;
  crop.height_px = 10;
  const Image source = Grey(30, 10);
  TaskResult result;
  result.kind = TaskKind::kSegmentation;
  result.width_px = 10;
  result.height_px = 10;
  result.labels.assign(100, 3);
  const auto drawn = DrawOverlay(source, TaskSpec{}, result, *GeometryFor(crop, 30, 10));
  ASSERT_TRUE(drawn.ok());
  EXPECT_FALSE(Changed(source, *drawn, 9, 5));
  EXPECT_TRUE(Changed(source, *drawn, 10, 5));
  EXPECT_TRUE(Changed(source, *drawn, 19, 5));
  EXPECT_FALSE(Changed(source, *drawn, 20, 5));
}

TEST(Overlay, ClassesAreWrittenTopLeft) {
  const Image source = Grey(320, 240);
  TaskResult result;
  result.kind = TaskKind::kClassification;
  result.top_labels = {0, 999};
  result.top_scores = {0.75f, 0.25f};
  TaskSpec task;
  task.labels = {"tench"};
  const auto drawn = DrawOverlay(source, task, result, *GeometryFor(InputSpec{}, 320, 240));
  ASSERT_TRUE(drawn.ok());
  EXPECT_TRUE(Changed(source, *drawn, 6, 6));
  EXPECT_FALSE(Changed(source, *drawn, 300, 200));
}

TEST(Overlay, PartsThatDoNotBelongTogether) {
  const Image source = Grey(20, 10);
  TaskResult result;
  EXPECT_FALSE(DrawOverlay(source, TaskSpec{}, result, *GeometryFor(InputSpec{}, 10, 20)).ok());
  EXPECT_FALSE(DrawOverlay(Image{}, TaskSpec{}, result, InputGeometry{}).ok());
  result.kind = TaskKind::kSegmentation;
  result.width_px = 20;
  result.height_px = 10;
  result.labels.assign(5, 0);
  EXPECT_FALSE(DrawOverlay(source, TaskSpec{}, result, *GeometryFor(InputSpec{}, 20, 10)).ok());
}

}  // namespace
}  // namespace fsc
