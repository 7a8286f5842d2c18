#include "motion/warp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/support/each_cpu_level.h"

namespace fsc {
namespace {

enum class Kind { kNoise, kExtremes, kSmooth };

Plane<int16_t> RandomPlane(int width, int height, Kind kind, std::mt19937* random) {
  Plane<int16_t> plane(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int noise = int((*random)() & 0xFFFF) - 32768;
      plane.row(y)[x] = int16_t(kind == Kind::kNoise      ? noise
                                : kind == Kind::kExtremes ? (noise < 0 ? -32768 : 32767)
                                                          : 40 * x - 25 * y);
    }
  }
  return plane;
}

Plane<CellVector> RandomVectors(int width, int height, int block, int largest, std::mt19937* random) {
  Plane<CellVector> vectors(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      CellVector& v = vectors.row(y)[x];
      if (x % block != 0) {
        v = vectors.row(y)[x - 1];
      } else if (y % block != 0) {
        v = vectors.row(y - 1)[x];
      } else if ((*random)() % 4 == 0) {
        v = {};
      } else {
        v = {int16_t(int((*random)() % (2 * largest + 1)) - largest),
             int16_t(int((*random)() % (2 * largest + 1)) - largest)};
        if ((*random)() % 4 == 0) v.dx = int16_t(v.dx & ~31);
        if ((*random)() % 4 == 0) v.dy = int16_t(v.dy & ~31);
      }
    }
  }
  return vectors;
}

TEST(WarpTaps, EveryRowSumsTo64AndMirrors) {
  for (const WarpFilter filter : {WarpFilter::kSixTap, WarpFilter::kBilinear}) {
    const WarpTaps& taps = TapsOf(filter);
    EXPECT_EQ(taps[0], (std::array<int16_t, 6>{0, 0, 64, 0, 0, 0}));
    for (int phase = 0; phase < kWarpPhases; ++phase) {
      int sum = 0;
      for (const int tap : taps[phase]) sum += tap;
      EXPECT_EQ(sum, 64);
      for (int k = 0; phase > 0 && k < kWarpTaps; ++k) EXPECT_EQ(taps[32 - phase][k], taps[phase][5 - k]);
    }
  }
}

TEST(WarpPlane, FastAgreesWithPlain) {
  std::mt19937 random(7);
  const int sizes[][2] = {{1, 1}, {1, 9}, {13, 1}, {2, 3}, {5, 5}, {7, 64}, {17, 19}, {60, 45}, {131, 70}, {240, 135}};
  for (const auto& [width, height] : sizes) {
    for (const int block : {1, 2, 3, 4, 8, 200}) {
      for (const int largest : {3, 60, 400, 32767}) {
        const Plane<CellVector> vectors = RandomVectors(width, height, block, largest, &random);
        for (const WarpFilter filter : {WarpFilter::kSixTap, WarpFilter::kBilinear}) {
          const WarpPlan plan(vectors, filter);
          const Plane<int16_t> reference = RandomPlane(width, height, Kind(random() % 3), &random);
          Plane<int16_t> plain(width, height);
          WarpPlanePlain(plan, reference.view(), plain.view());
          ForEachCpuLevel([&] {
            Plane<int16_t> fast(width, height);
            std::fill(fast.samples().begin(), fast.samples().end(), int16_t{12345});
            WarpPlane(plan, reference.view(), fast.view());
            EXPECT_EQ(fast.samples(), plain.samples())
                << width << "x" << height << " block " << block << " largest " << largest;
          });
          if (testing::Test::HasFailure()) return;
        }
      }
    }
  }
}

TEST(WarpPlan, RunsCoverEveryCellOnce) {
  std::mt19937 random(8);
  const Plane<CellVector> vectors = RandomVectors(150, 83, 4, 40, &random);
  const WarpPlan plan(vectors, WarpFilter::kSixTap);
  Plane<int> covered(150, 83);
  for (const WarpPlan::Run& run : plan.runs()) {
    for (int y = run.y; y < run.y + run.height; ++y) {
      for (int x = run.x; x < run.x + run.width; ++x) {
        ++covered.row(y)[x];
        EXPECT_EQ(vectors.row(y)[x], run.vector);
      }
    }
  }
  for (const int count : covered.samples()) ASSERT_EQ(count, 1);
  EXPECT_FALSE(plan.identity());
  EXPECT_LE(plan.runs().size(), size_t(38 * 21 + 1));
  EXPECT_TRUE(WarpPlan(Plane<CellVector>(30, 20), WarpFilter::kSixTap).identity());
}

// The definition in warp.h, followed word for word on one sample.
TEST(WarpPlane, WorkedSample) {
  std::mt19937 random(9);
  const Plane<int16_t> reference = RandomPlane(12, 10, Kind::kNoise, &random);
  Plane<CellVector> vectors(12, 10);
  vectors.row(4)[5] = {-45, 22};  // x: -2 + 19/32, y: 0 + 22/32
  Plane<int16_t> out(12, 10);
  WarpPlane(WarpPlan(vectors, WarpFilter::kSixTap), reference.view(), out.view());
  const WarpTaps& taps = TapsOf(WarpFilter::kSixTap);
  int64_t sum = 32;
  for (int j = 0; j < 6; ++j) {
    int64_t h = 32;
    for (int i = 0; i < 6; ++i) h += taps[19][i] * reference.row(4 + j - 2)[5 - 2 + i - 2];
    sum += taps[22][j] * std::clamp<int64_t>(h >> 6, -32768, 32767);
  }
  EXPECT_EQ(out.row(4)[5], std::clamp<int64_t>(sum >> 6, -32768, 32767));
  EXPECT_EQ(out.row(4)[6], reference.row(4)[6]);
}

TEST(WarpPlane, RecoversABandLimitedShift) {
  // A sum of waves of 8 cells and longer, sampled at two phases: six taps predict one from the other closely, two less
  // so.
  const auto wave = [](double x, double y) {
    return 6000 * std::sin(x * 0.7 + 0.3 * y) + 5000 * std::cos(y * 0.75 - x * 0.2);
  };
  Plane<int16_t> reference(64, 48);
  Plane<int16_t> moved(64, 48);
  const CellVector v{37, -13};
  Plane<CellVector> vectors(64, 48);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      reference.row(y)[x] = int16_t(std::lround(wave(x, y)));
      moved.row(y)[x] = int16_t(std::lround(wave(x + v.dx / 32.0, y + v.dy / 32.0)));
      vectors.row(y)[x] = v;
    }
  }
  double energy = 0;
  double error[2] = {};
  for (const WarpFilter filter : {WarpFilter::kSixTap, WarpFilter::kBilinear}) {
    Plane<int16_t> out(64, 48);
    WarpPlane(WarpPlan(vectors, filter), reference.view(), out.view());
    for (int y = 4; y < 44; ++y) {
      for (int x = 4; x < 60; ++x) {
        energy += 0.5 * moved.row(y)[x] * moved.row(y)[x];
        error[int(filter)] += std::pow(moved.row(y)[x] - out.row(y)[x], 2);
      }
    }
  }
  EXPECT_LT(error[0], 0.001 * energy);
  EXPECT_LT(error[0], 0.2 * error[1]);
}

TEST(AverageRow, FastAgreesWithPlain) {
  std::mt19937 random(10);
  for (const size_t count : {0, 1, 7, 16, 31, 64, 333}) {
    std::vector<int16_t> a(count), b(count), fast(count), plain(count);
    for (size_t i = 0; i < count; ++i) {
      a[i] = int16_t(random() % 3 == 0 ? -32768 : random() % 2 ? 32767 : random());
      b[i] = int16_t(random() % 3 == 0 ? -32768 : random() % 2 ? 32767 : random());
    }
    AverageRowPlain(a, b, plain);
    ForEachCpuLevel([&] {
      AverageRow(a, b, fast);
      EXPECT_EQ(fast, plain);
    });
    AverageRow(a, b, a);
    EXPECT_EQ(a, plain);
  }
  const std::vector<int16_t> a{1, -1, -2, 32767, -32768}, b{2, -2, -3, 32767, -32768};
  std::vector<int16_t> out(5);
  AverageRow(a, b, out);
  EXPECT_EQ(out, (std::vector<int16_t>{2, -1, -2, 32767, -32768}));
}

}  // namespace
}  // namespace fsc
