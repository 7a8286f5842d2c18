#include "motion/latent_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace fsc {
namespace {

TEST(ScaleComponent, RoundsHalvesAwayFromZero) {
  // 1/32 cell per quarter pixel: 8 / stride.
  EXPECT_EQ(ScaleComponent(1, 1, 8), 1);
  EXPECT_EQ(ScaleComponent(-7, 1, 8), -7);
  EXPECT_EQ(ScaleComponent(1, 1, 16), 1);    // 0.5
  EXPECT_EQ(ScaleComponent(-1, 1, 16), -1);  // -0.5
  EXPECT_EQ(ScaleComponent(3, 1, 16), 2);    // 1.5
  EXPECT_EQ(ScaleComponent(1, 1, 32), 0);    // 0.25
  EXPECT_EQ(ScaleComponent(1, 1, 2), 4);
  EXPECT_EQ(ScaleComponent(10, 1, 3), 27);    // 26.67
  EXPECT_EQ(ScaleComponent(-10, 1, 7), -11);  // -11.43
  EXPECT_EQ(ScaleComponent(5, 4, 32), 5);
  EXPECT_EQ(ScaleComponent(8191, 1, 1), 32767);
  EXPECT_EQ(ScaleComponent(-8191, 1, 1), -32768);
  EXPECT_EQ(ScaleComponent(8191, 1, 4096), 16);
}

TEST(LeafOfCells, PhasesWorkedByHand) {
  // Stride 8, cell 0's centre at 3.5 px: centres 3.5, 11.5 | 19.5, 27.5 | 35.5.
  EXPECT_EQ(LeafOfCells(5, 8, 56, 1, 3), (std::vector<int>{0, 0, 1, 1, 2}));
  // Cell 0's centre at 0: 0, 8 | 16, 24 | 32.
  EXPECT_EQ(LeafOfCells(5, 8, 0, 1, 3), (std::vector<int>{0, 0, 1, 1, 2}));
  // Centre at 7.5: 7.5 | 15.5 lies on the border of the pixels 15 and 16 and belongs to 16.
  EXPECT_EQ(LeafOfCells(3, 8, 120, 1, 3), (std::vector<int>{0, 1, 1}));
  EXPECT_EQ(LeafOfCells(3, 8, 119, 1, 3), (std::vector<int>{0, 0, 1}));
  // Before the picture and behind it: its edge leaves.
  EXPECT_EQ(LeafOfCells(6, 8, -320, 1, 1), (std::vector<int>{0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(LeafOfCells(6, 8, -320, 1, 2), (std::vector<int>{0, 0, 0, 0, 0, 1}));  // centres -20, .., 20
  EXPECT_EQ(LeafOfCells(3, 32, 248, 1, 5), (std::vector<int>{1, 3, 4}));  // centres 15.5, 47.5, 79.5: each on a border
  // Stride 3: centres 0, 3, .., 15 | 18.
  EXPECT_EQ(LeafOfCells(7, 3, 0, 1, 2), (std::vector<int>{0, 0, 0, 0, 0, 0, 1}));
  // Field pixels of four input pixels: a leaf is 64 input pixels.
  EXPECT_EQ(LeafOfCells(5, 32, 248, 4, 3), (std::vector<int>{0, 0, 1, 1, 2}));
}

TEST(ScaleToLayer, AgreesWithTheDefinition) {
  std::mt19937 random(5);
  const MotionGeometry geometry{211, 90, 2};
  MotionField field(geometry);
  for (int y = 0; y < geometry.leaves_y(); ++y) {
    for (int x = 0; x < geometry.leaves_x(); ++x) {
      field.leaf(x, y) = ClampVector(int(random() % 20000) - 10000, int(random() % 200) - 100);
    }
  }
  for (const int stride : {1, 2, 3, 8, 11, 16, 64}) {
    for (const int phase : {-70, 0, 56, 121}) {
      const LayerSpec layer{"layer", 1, 41, 57, stride, phase};
      const Plane<CellVector> vectors = ScaleToLayer(field, layer);
      for (int y = 0; y < layer.height_cells; ++y) {
        for (int x = 0; x < layer.width_cells; ++x) {
          const auto leaf = [&](int cell, int leaves) {
            const double centre_px = phase / 16.0 + cell * stride;
            return std::clamp(int(std::floor((centre_px + 0.5) / 32.0)), 0, leaves - 1);
          };
          const MotionVector v = field.leaf(leaf(x, geometry.leaves_x()), leaf(y, geometry.leaves_y()));
          const auto scaled = [&](int v_qpel) {
            return std::clamp(std::round(v_qpel * 16.0 / stride), -32768.0, 32767.0);
          };
          ASSERT_EQ(vectors.row(y)[x].dx, scaled(v.dx_qpel));
          ASSERT_EQ(vectors.row(y)[x].dy, scaled(v.dy_qpel));
        }
      }
    }
  }
}

}  // namespace
}  // namespace fsc
