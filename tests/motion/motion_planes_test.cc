#include "motion/motion_planes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "motion/latent_scale.h"
#include "motion/warp.h"

namespace fsc {
namespace {

double Wave(int plane, double x, double y) {
  return 900 * std::sin(0.61 * x + 0.2 * plane * y + plane) + 700 * std::cos(0.53 * y - 0.15 * (plane + 1) * x);
}

std::vector<Plane<int16_t>> Planes(int count, int width, int height, double dx, double dy) {
  std::vector<Plane<int16_t>> planes;
  for (int c = 0; c < count; ++c) {
    planes.emplace_back(width, height);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) planes[c].row(y)[x] = int16_t(std::lround(Wave(c, x + dx, y + dy)));
    }
  }
  return planes;
}

std::vector<PlaneView<const int16_t>> Views(const std::vector<Plane<int16_t>>& planes) {
  std::vector<PlaneView<const int16_t>> views;
  for (const Plane<int16_t>& plane : planes) views.push_back(plane.view());
  return views;
}

TEST(VirtualMotionGeometry, CoversTheLayer) {
  EXPECT_EQ(VirtualMotionGeometry({"a", 1, 45, 60, 8, 0}), (MotionGeometry{480, 360, 1}));
  EXPECT_EQ(VirtualMotionGeometry({"a", 1, 45, 60, 8, 56}), (MotionGeometry{484, 364, 1}));
  EXPECT_EQ(VirtualMotionGeometry({"a", 1, 7, 9, 32, 0}), (MotionGeometry{72, 56, 4}));
  EXPECT_EQ(VirtualMotionGeometry({"a", 1, 1, 1, 1, 0}), (MotionGeometry{1, 1, 1}));
  const MotionGeometry largest = VirtualMotionGeometry({"a", 1, 1, 16384, 4096, 65536});
  EXPECT_TRUE(CheckMotionGeometry(largest, Limits(), "").ok());
}

TEST(EstimateMotionFromPlanes, FindsShiftsBetweenCells) {
  for (const int stride : {2, 8, 32}) {
    for (const auto& [dx, dy] :
         {std::pair{0.0, 0.0}, std::pair{1.0, -2.0}, std::pair{0.375, 0.75}, std::pair{-1.625, 0.25}}) {
      const int width = 384 / std::min(stride, 8);
      const int height = 256 / std::min(stride, 8);
      const LayerSpec layer{"layer", 3, height, width, stride, 8 * (stride - 1)};
      const std::vector<Plane<int16_t>> reference = Planes(3, width, height, 0, 0);
      const std::vector<Plane<int16_t>> current = Planes(3, width, height, dx, dy);
      const Result<MotionField> field = EstimateMotionFromPlanes(Views(current), Views(reference), layer, {});
      ASSERT_TRUE(field.ok()) << field.error().OneLine();
      const Plane<CellVector> vectors = ScaleToLayer(*field, layer);
      const int border = 4 + 32 / std::min(stride, 8);
      int near = 0;
      int all = 0;
      for (int y = border; y < height - border; ++y) {
        for (int x = border; x < width - border; ++x) {
          ++all;
          const double tolerance = 32 * 0.5 / std::min(stride, 8);  // half a field pixel
          near += std::abs(vectors.row(y)[x].dx - 32 * dx) <= tolerance &&
                  std::abs(vectors.row(y)[x].dy - 32 * dy) <= tolerance;
        }
      }
      EXPECT_GE(near, all * 95 / 100) << stride << " " << dx << " " << dy;
    }
  }
}

TEST(EstimateMotionFromPlanes, TinyAndFlatPlanes) {
  for (const auto& [width, height, stride] :
       {std::tuple{1, 1, 32}, std::tuple{1, 1, 4096}, std::tuple{3, 2, 16}, std::tuple{13, 1, 1}}) {
    const std::vector<Plane<int16_t>> planes = Planes(2, width, height, 0, 0);
    const LayerSpec layer{"layer", 2, height, width, stride, 0};
    const Result<MotionField> field = EstimateMotionFromPlanes(Views(planes), Views(planes), layer, {});
    ASSERT_TRUE(field.ok());
    EXPECT_TRUE(field->AllZero());
  }
  std::vector<Plane<int16_t>> flat;
  flat.emplace_back(20, 20);
  const Result<MotionField> field = EstimateMotionFromPlanes(Views(flat), Views(flat), {"l", 1, 20, 20, 8, 0}, {});
  ASSERT_TRUE(field.ok());
  EXPECT_TRUE(field->AllZero());
}

TEST(EstimateMotionFromPlanes, RefusesOtherSizes) {
  const std::vector<Plane<int16_t>> planes = Planes(2, 20, 10, 0, 0);
  const auto refused = [&](const std::vector<Plane<int16_t>>& other, const LayerSpec& layer) {
    const Result<MotionField> field = EstimateMotionFromPlanes(Views(planes), Views(other), layer, {});
    return !field.ok() && field.error().kind == ErrorKind::kUsage;
  };
  EXPECT_TRUE(refused(Planes(1, 20, 10, 0, 0), {"l", 2, 10, 20, 8, 0}));
  EXPECT_TRUE(refused(Planes(2, 20, 11, 0, 0), {"l", 2, 10, 20, 8, 0}));
  EXPECT_TRUE(refused(Planes(2, 20, 10, 0, 0), {"l", 2, 10, 21, 8, 0}));
  EXPECT_FALSE(EstimateMotionFromPlanes({}, {}, {"l", 2, 10, 20, 8, 0}, {}).ok());
}

}  // namespace
}  // namespace fsc
