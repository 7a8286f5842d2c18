// The search on planes at their own size: vector kernels give the plain ones' results to the bit, and the search finds
// what moved.
#include "motion/motion_cells.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "motion/cell_rows.h"
#include "tests/support/each_cpu_level.h"

namespace fsc {
namespace {

TEST(CellRows, RowActivityMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(1);
    for (size_t count = 0; count < 150; ++count) {
      const bool extreme = random() % 2 != 0;
      std::vector<int16_t> row(count + 1), below(count + 1);
      for (auto* samples : {&row, &below}) {
        for (int16_t& v : *samples) v = extreme ? (random() % 2 != 0 ? 32767 : -32768) : int16_t(random());
      }
      ASSERT_EQ(RowActivity(row.data(), below.data(), count), RowActivityPlain(row.data(), below.data(), count));
    }
  });
}

TEST(CellRows, HalfRowMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(2);
    for (size_t count = 0; count < 150; ++count) {
      std::vector<std::vector<uint8_t>> rows(6, std::vector<uint8_t>(count + 1));
      SixBytes in;
      for (size_t k = 0; k < rows.size(); ++k) {
        for (uint8_t& v : rows[k]) v = random() % 3 == 0 ? uint8_t(random()) : random() % 2 != 0 ? 255 : 0;
        in[k] = rows[k].data();
      }
      std::vector<uint8_t> fast(count), plain(count);
      HalfRow(in, count, fast.data());
      HalfRowPlain(in, count, plain.data());
      ASSERT_EQ(fast, plain) << count;
    }
  });
}

TEST(CellRows, CellSadMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(3);
    const CellSadFunction fast = FastCellSad();
    for (int round = 0; round < 300; ++round) {
      std::vector<uint8_t> bytes(400);
      for (uint8_t& v : bytes) v = random() % 3 == 0 ? uint8_t(random()) : random() % 2 != 0 ? 255 : 0;
      const int fx = int(random() % 4);
      const int fy = int(random() % 4);
      CellPlace place;
      place.stride = 50;
      for (const uint8_t*& at : place.at) at = bytes.data() + random() % 200;
      place.weights = {uint8_t((4 - fx) * (4 - fy)), uint8_t(fx * (4 - fy)), uint8_t((4 - fx) * fy), uint8_t(fx * fy)};
      const uint8_t* current = bytes.data() + random() % 200;
      ASSERT_EQ(fast(current, 50, place), CellSadPlain(current, 50, place));
    }
  });
}

// Waves of several lengths, moved by (dx, dy) cells.
Plane<int16_t> Waves(int seed, double dx, double dy) {
  Plane<int16_t> plane(60, 44);
  for (int y = 0; y < plane.height(); ++y) {
    for (int x = 0; x < plane.width(); ++x) {
      const double u = x + dx + 3 * seed;
      const double v = y + dy - 2 * seed;
      plane.row(y)[x] = int16_t(300 * std::sin(0.45 * u + 0.1 * v) + 250 * std::cos(0.6 * v - 0.2 * u) +
                                200 * std::sin(0.13 * u * (1 + 0.1 * seed)));
    }
  }
  return plane;
}

TEST(MotionCells, FindsAnEvenShift) {
  const LayerSpec layer{"x", 3, 44, 60, 8, 28};
  ASSERT_TRUE(HasCellLeaves(layer));
  std::vector<Plane<int16_t>> now, before;
  std::vector<PlaneView<const int16_t>> now_views, before_views;
  for (int k = 0; k < 3; ++k) {
    now.push_back(Waves(k, 1.375, -0.5));  // eleven and four pixels
    before.push_back(Waves(k, 0, 0));
  }
  for (int k = 0; k < 3; ++k) {
    now_views.push_back(now[size_t(k)].view());
    before_views.push_back(before[size_t(k)].view());
  }
  MotionSearchOptions options;
  options.precision_qpel = 4;
  const auto field = EstimateMotionFromCells(now_views, before_views, layer, options);
  ASSERT_TRUE(field.ok());
  const MotionGeometry& geometry = field->geometry();
  EXPECT_EQ(geometry, VirtualMotionGeometry(layer));
  int right = 0;
  int all = 0;
  for (int y = 2; y + 2 < geometry.leaves_y(); ++y) {
    for (int x = 2; x + 2 < geometry.leaves_x(); ++x, ++all) right += field->leaf(x, y) == MotionVector{44, -16};
  }
  EXPECT_GT(right, all * 9 / 10);
}

TEST(MotionCells, NeedsLeavesOfTwoCells) {
  EXPECT_TRUE(HasCellLeaves({"x", 3, 44, 60, 16, 120}));
  EXPECT_FALSE(HasCellLeaves({"x", 3, 44, 60, 4, 0}));
  EXPECT_FALSE(HasCellLeaves({"x", 3, 44, 60, 12, 0}));
  EXPECT_FALSE(HasCellLeaves({"x", 3, 44, 60, 8, 200}));
}

TEST(MotionCells, PlanesOfOtherSizesAreRefused) {
  const LayerSpec layer{"x", 1, 44, 60, 8, 28};
  const Plane<int16_t> small(30, 22);
  const PlaneView<const int16_t> views[] = {small.view()};
  EXPECT_FALSE(EstimateMotionFromCells(views, views, layer, {}).ok());
  EXPECT_FALSE(EstimateMotionFromCells({}, {}, layer, {}).ok());
}

}  // namespace
}  // namespace fsc
