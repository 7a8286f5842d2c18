#include "motion/enlarge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "motion/motion_planes.h"
#include "motion/warp.h"
#include "tests/support/each_cpu_level.h"

namespace fsc {
namespace {

constexpr int kWidest = 131;  // two of the longest vectors and a few pixels

int16_t RandomCell(int kind, std::mt19937* random) {
  if (kind == 0) return int16_t((*random)());
  if (kind == 1) return (*random)() % 2 != 0 ? INT16_MAX : INT16_MIN;
  return int16_t(int((*random)() % 401) - 200);
}

TEST(EnlargeRows, TapsStayWithinTheBoundThatKeepsSumsIn32Bits) {
  for (const auto& taps : TapsOf(WarpFilter::kSixTap)) {
    int sum = 0;
    for (const int tap : taps) sum += std::abs(tap);
    EXPECT_LE(sum, kMostTapMagnitudes);
  }
  EXPECT_LE(int64_t{kMostTapMagnitudes} * kMostTapMagnitudes * 32768, std::numeric_limits<int32_t>::max());
}

TEST(AcrossRow, FastAgreesWithPlainAtEveryWidth) {
  std::mt19937 random(21);
  const WarpTaps& weights = TapsOf(WarpFilter::kSixTap);
  for (int kind = 0; kind < 3; ++kind) {
    std::vector<int16_t> cells(60);
    for (int16_t& v : cells) v = RandomCell(kind, &random);
    std::vector<AcrossTap> taps(kWidest);
    for (AcrossTap& tap : taps) {
      const auto& six = weights[random() % kWarpPhases];
      std::copy(six.begin(), six.end(), tap.weights.begin());
      tap.first = int32_t(random() % (cells.size() - kAcrossReads + 1));
    }
    std::vector<int32_t> plain(kWidest);
    AcrossRowPlain(cells.data(), taps.data(), kWidest, plain.data());
    ForEachCpuLevel([&] {
      for (int width = 1; width <= kWidest; ++width) {
        std::vector<int32_t> expected(kWidest, 77);
        std::copy_n(plain.begin(), width, expected.begin());
        std::vector<int32_t> fast(kWidest, 77);
        AcrossRow(cells.data(), taps.data(), width, fast.data());
        ASSERT_EQ(fast, expected) << "width " << width;
      }
    });
  }
}

// Sums in `values`, with weights that leave them as they are, times 64.
void ExpectSameGrey(const std::vector<std::vector<int32_t>>& values, const std::array<int16_t, kWarpTaps>& weights,
                    const ToGrey& to_grey) {
  SixRows rows;
  for (int k = 0; k < kWarpTaps; ++k) rows[k] = values[k].data();
  std::vector<uint8_t> plain(kWidest);
  GreyRowPlain(rows, weights, to_grey, kWidest, plain.data());
  ForEachCpuLevel([&] {
    for (int width = 1; width <= kWidest; ++width) {
      std::vector<uint8_t> expected(kWidest, 77);
      std::copy_n(plain.begin(), width, expected.begin());
      std::vector<uint8_t> fast(kWidest, 77);
      GreyRow(rows, weights, to_grey, width, fast.data());
      ASSERT_EQ(fast, expected) << "width " << width << " mean " << to_grey.mean << " scale " << to_grey.scale;
    }
  });
}

TEST(GreyRow, FastAgreesWithPlainAtEveryWidth) {
  std::mt19937 random(22);
  const int32_t largest = kMostTapMagnitudes * 32768;
  const ToGrey to_greys[] = {{0, 0},        {0, 25.5},           {-32768, 1e9},   {1 / 3.0, 25.5 / 181.019},
                             {1e-9, 0.001}, {32767, 0.00077819}, {-311.7, 0x1p40}};
  for (const ToGrey& to_grey : to_greys) {
    for (int kind = 0; kind < 3; ++kind) {
      std::vector<std::vector<int32_t>> values(kWarpTaps, std::vector<int32_t>(kWidest));
      for (auto& row : values) {
        for (int32_t& v : row) {
          if (kind == 0) v = int32_t(random() % (2u * largest + 1)) - largest;
          if (kind == 1) v = random() % 2 != 0 ? largest : -largest;
          if (kind == 2) v = int32_t(64 * to_grey.mean) + int32_t(random() % 2001) - 1000;
        }
      }
      ExpectSameGrey(values, TapsOf(WarpFilter::kSixTap)[random() % kWarpPhases], to_grey);
    }
  }
}

// Levels that lie on a half, or as near to one as doubles go, are where another rounding would show.
TEST(GreyRow, RoundsHalvesAwayFromZeroAtEveryCpuLevel) {
  std::mt19937 random(23);
  for (int level = -2; level <= 257; ++level) {
    for (int round = 0; round < 4; ++round) {
      // mean and scale such that the sum `at` comes out at level + 1/2 or a few units in the last place beside it.
      const int32_t at = 64 * int32_t(random() % 65536) - 64 * 32768;
      ToGrey to_grey{double(int(random() % 2001) - 1000), 0};
      const double steps = double(at) / 64 - to_grey.mean;
      if (steps == 0 || (level + 0.5 - 128) / steps < 0) continue;
      to_grey.scale = (level + 0.5 - 128) / steps;
      for (int ulp = 0; ulp < round; ++ulp) to_grey.scale = std::nextafter(to_grey.scale, round % 2 != 0 ? 0.0 : 1e9);
      std::vector<std::vector<int32_t>> values(kWarpTaps, std::vector<int32_t>(kWidest, at));
      ExpectSameGrey(values, TapsOf(WarpFilter::kSixTap)[0], to_grey);
      if (testing::Test::HasFailure()) return;
    }
  }
  const std::vector<int32_t> cells[] = {{64 * 10}, {64 * 11}, {64 * -10}, {64 * -300}, {64 * 300}};
  const int expected[] = {133, 134, 123, 0, 255};  // 128 + 5, 5.5, -5, -150 and 150
  for (size_t i = 0; i < std::size(cells); ++i) {
    SixRows rows;
    rows.fill(cells[i].data());
    uint8_t out = 0;
    GreyRow(rows, TapsOf(WarpFilter::kSixTap)[0], {0, 0.5}, 1, &out);
    EXPECT_EQ(out, expected[i]);
  }
}

// Word for word what enlarge.h says, with sums of 64 bits, cell indices that are clamped one by one, and no rows.
Plane<uint8_t> Defined(PlaneView<const int16_t> plane, const LayerSpec& layer, const MotionGeometry& geometry,
                       const ToGrey& to_grey) {
  const auto place = [&](int p) {
    const int64_t centre_px16 = int64_t{16} * geometry.unit_px * p + 8 * (geometry.unit_px - 1);
    return int64_t(std::floor(2.0 * double(centre_px16 - layer.phase_px16) / layer.stride_px));
  };
  const WarpTaps& taps = TapsOf(WarpFilter::kSixTap);
  Plane<uint8_t> picture(geometry.width_px, geometry.height_px);
  for (int y = 0; y < geometry.height_px; ++y) {
    for (int x = 0; x < geometry.width_px; ++x) {
      const int64_t column = place(x);
      const int64_t row = place(y);
      int64_t sum = 0;
      for (int j = 0; j < kWarpTaps; ++j) {
        for (int i = 0; i < kWarpTaps; ++i) {
          const int64_t from_x = std::clamp<int64_t>((column >> 5) + i - 2, 0, plane.width - 1);
          const int64_t from_y = std::clamp<int64_t>((row >> 5) + j - 2, 0, plane.height - 1);
          sum += int64_t{taps[column & 31][i]} * taps[row & 31][j] * plane.row(int(from_y))[from_x];
        }
      }
      const double level = 128 + to_grey.scale * (double(sum) / 4096 - to_grey.mean);
      picture.row(y)[x] = uint8_t(std::clamp(std::lround(level), 0L, 255L));
    }
  }
  return picture;
}

TEST(Enlargement, IsWhatItsDefinitionSays) {
  std::mt19937 random(24);
  for (const int stride : {1, 2, 3, 4, 8, 12, 16, 17, 32, 100}) {
    for (const int phase_px16 : {0, 8 * (stride - 1), -37, 16 * stride + 5, 400, -4096, 65536}) {
      for (const auto& [width, height] : {std::pair{1, 1}, std::pair{2, 5}, std::pair{7, 3}, std::pair{21, 13}}) {
        const LayerSpec layer{"layer", 1, height, width, stride, phase_px16};
        MotionGeometry geometry = VirtualMotionGeometry(layer);
        geometry.width_px = std::min(geometry.width_px, 200);
        geometry.height_px = std::min(geometry.height_px, 40);
        Plane<int16_t> a(width, height);
        Plane<int16_t> b(width, height);
        const int kind = int(random() % 3);
        for (Plane<int16_t>* plane : {&a, &b}) {
          for (int16_t& v : plane->samples()) v = RandomCell(kind, &random);
        }
        const ToGrey to_grey = GreyOf(a.view(), b.view());
        const Enlargement enlargement(layer, geometry);
        for (const Plane<int16_t>* plane : {&a, &b}) {
          ASSERT_EQ(enlargement.Picture(plane->view(), to_grey).samples(),
                    Defined(plane->view(), layer, geometry, to_grey).samples())
              << "stride " << stride << " phase " << phase_px16 << " size " << width << "x" << height;
        }
      }
    }
  }
}

TEST(GreyOf, IsFiveDeviationsEitherWay) {
  Plane<int16_t> a(2, 2);
  Plane<int16_t> b(2, 2);
  std::fill(a.samples().begin(), a.samples().end(), int16_t{110});
  std::fill(b.samples().begin(), b.samples().end(), int16_t{90});
  const ToGrey to_grey = GreyOf(a.view(), b.view());
  EXPECT_DOUBLE_EQ(to_grey.mean, 100);
  EXPECT_DOUBLE_EQ(to_grey.scale, 2.55);
  EXPECT_EQ(GreyOf(a.view(), a.view()).scale, 0);
}

}  // namespace
}  // namespace fsc
