// Units of 8 and 16 cells: their transforms against the matrix in 64 bits, and their syntax at its limits.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "codec/latent/large_transform.h"
#include "codec/latent/residual.h"

namespace fsc {
namespace {

// The matrix as the documentation gives it.
int Entry(int n, int k, int i) {
  constexpr int kOdd[15] = {90, 89, 87, 83, 80, 75, 70, 0, 57, 50, 43, 36, 25, 18, 9};  // [7] is 64
  // HEVC's numbers in the order of cos(pi j / 32), j = 1..15.
  const int steps = 16 / n;
  const int j = (2 * i + 1) * k * steps % 64;
  if (k == 0) return 64;
  const int folded = j > 32 ? 64 - j : j;
  const int sign = folded > 16 ? -1 : 1;
  const int near = folded > 16 ? 32 - folded : folded;
  if (near == 16) return 0;
  return sign * (near == 8 ? 64 : near == 0 ? 64 : kOdd[near - 1]);
}

void PlainInverse(int n, const LargeBlock& in, LargeBlock* out) {
  const int shifts[2] = {n == 8 ? 7 : 8, 8};
  std::vector<int64_t> half(size_t(n) * n);
  for (int x = 0; x < n; ++x) {
    for (int i = 0; i < n; ++i) {
      int64_t sum = int64_t{1} << (shifts[0] - 1);
      for (int k = 0; k < n; ++k) sum += int64_t{Entry(n, k, i)} * in[size_t(n) * k + x];
      half[size_t(n) * i + x] = sum >> shifts[0];
    }
  }
  for (int y = 0; y < n; ++y) {
    for (int i = 0; i < n; ++i) {
      int64_t sum = int64_t{1} << (shifts[1] - 1);
      for (int k = 0; k < n; ++k) sum += int64_t{Entry(n, k, i)} * half[size_t(n) * y + k];
      (*out)[size_t(n) * y + i] = int32_t(sum >> shifts[1]);
    }
  }
}

TEST(LatentUnits, InverseIsTheMatrixEvenForTheLargestCoefficients) {
  std::mt19937 random(1);
  for (const int n : {8, 16}) {
    for (int round = 0; round < 200; ++round) {
      LargeBlock in{}, fast, plain;
      const int cell = int(random() % unsigned(n * n));  // round 1 and on: the signs that add up there
      for (int i = 0; i < n * n; ++i) {
        const int worst = Entry(n, i / n, cell / n) * Entry(n, i % n, cell % n) < 0 ? -(1 << 18) : 1 << 18;
        in[i] = round == 0 ? 0 : round < 100 ? worst : int(random() % (1u << 19)) - (1 << 18);
      }
      InverseLargeTransform(n, in, &fast);
      PlainInverse(n, in, &plain);
      for (int i = 0; i < n * n; ++i) ASSERT_EQ(fast[i], plain[i]) << n << " round " << round << " cell " << i;
    }
  }
}

TEST(LatentUnits, ForwardAndInverseAreNearlyOrthonormal) {
  std::mt19937 random(2);
  for (const int n : {8, 16}) {
    for (const int limit : {300, 65534}) {
      LargeBlock residual{}, coefficients, back;
      double energy = 0;
      for (int i = 0; i < n * n; ++i) {
        residual[i] = int(random() % unsigned(2 * limit + 1)) - limit;
        energy += double(residual[i]) * residual[i];
      }
      ForwardLargeTransformQ4(n, residual, &coefficients);
      double coefficient_energy = 0;
      for (int i = 0; i < n * n; ++i) {
        coefficient_energy += double(coefficients[i]) * coefficients[i] / 256;
        coefficients[i] = (coefficients[i] + 8) >> 4;
      }
      EXPECT_NEAR(coefficient_energy / energy, 1, 0.02);
      InverseLargeTransform(n, coefficients, &back);
      for (int i = 0; i < n * n; ++i) EXPECT_NEAR(back[i], residual[i], 3 + limit / 50) << n << " cell " << i;
    }
  }
}

// Levels with everything that the syntax can say; `largest` of their magnitudes.
void Fill(PlaneLevels* levels, int largest, std::mt19937* random) {
  const BlockGrid& grid = levels->grid();
  const auto fill_block = [&](int x, int y, int* magnitude) {
    int count = 0;
    const int share = int((*random)() % 17);  // of 16 positions
    for (int i = 0; i < kBlockCoefficients; ++i) {
      const bool here = int((*random)() % 16) < share;
      const int size = (*random)() % 3 == 0 ? int((*random)() % unsigned(largest)) + 1 : 1;
      const int level = !here ? 0 : (*random)() % 2 == 0 ? size : -size;
      levels->levels(x, y)[i] = int16_t(level);
      count += level != 0;
      *magnitude += std::abs(level);
    }
    return count;
  };
  for (int sy = 0; sy < grid.superblocks_y; ++sy) {
    for (int sx = 0; sx < grid.superblocks_x; ++sx) {
      const int unit_blocks = 1 << ((*random)() % 3);
      for (int y = sy * kSuperblockBlocks; y < std::min((sy + 1) * kSuperblockBlocks, grid.blocks_y);
           y += unit_blocks) {
        for (int x = sx * kSuperblockBlocks; x < std::min((sx + 1) * kSuperblockBlocks, grid.blocks_x);
             x += unit_blocks) {
          if ((*random)() % 3 == 0) continue;
          int magnitude = 0;
          if (unit_blocks == 1) {
            const int count = fill_block(x, y, &magnitude);
            levels->SetBlock(x, y, count, magnitude, (*random)() % 2 == 0);
            continue;
          }
          const int end = 1 + int((*random)() % unsigned(unit_blocks * unit_blocks));
          for (int i = 0; i < unit_blocks * unit_blocks; ++i) {
            const GroupPlace at = PlaceOf(i, unit_blocks);
            std::fill_n(levels->levels(x + at.x, y + at.y), kBlockCoefficients, int16_t{0});
            levels->SetGroup(x + at.x, y + at.y, i < end ? fill_block(x + at.x, y + at.y, &magnitude) : 0);
          }
          levels->SetUnit(x, y, unit_blocks, magnitude);
        }
      }
      levels->SetUnitBlocks(sx, sy, levels->HasLevels(sx, sy) ? unit_blocks : 1);
    }
  }
}

TEST(LatentUnits, EveryLevelComesBack) {
  std::mt19937 random(3);
  const int shapes[][2] = {{1, 1}, {7, 3}, {16, 16}, {17, 16}, {31, 55}, {64, 20}, {5, 40}};
  for (const auto& [width, height] : shapes) {
    for (const int largest : {1, 3, 40, 32767}) {
      const BlockGrid grid(width, height);
      ResidualContexts writing(FrameClass::kPredicted);
      ResidualContexts reading = writing;
      BlockMap map(grid);
      RangeEncoder out;
      std::vector<PlaneLevels> planes;
      std::vector<PlaneContext> contexts;
      for (int k = 0; k < 8; ++k) {
        PlaneLevels levels(grid);
        Fill(&levels, largest, &random);
        contexts.push_back({k, k % kLeanClasses, false, &map});
        WritePlaneLevels(contexts.back(), &writing, &out, &levels);
        planes.push_back(levels);
      }
      const std::vector<uint8_t> bytes = out.Finish();
      RangeDecoder in(bytes);
      PlaneLevels read(grid);
      for (size_t k = 0; k < planes.size(); ++k) {
        ReadPlaneLevels(contexts[k], &reading, &in, &read);
        EXPECT_EQ(read.totals().nonzero, planes[k].totals().nonzero);
        EXPECT_EQ(read.totals().coded, planes[k].totals().coded);
        EXPECT_EQ(read.totals().skipped, planes[k].totals().skipped);
        for (int sy = 0; sy < grid.superblocks_y; ++sy) {
          for (int sx = 0; sx < grid.superblocks_x; ++sx) {
            ASSERT_EQ(read.unit_blocks(sx, sy), planes[k].unit_blocks(sx, sy));
            const PlaneLevels::Superblock a = read.superblock(sx, sy);
            const PlaneLevels::Superblock b = planes[k].superblock(sx, sy);
            ASSERT_EQ(a.counts, b.counts);
            ASSERT_EQ(a.magnitudes, b.magnitudes);
            for (size_t i = 0; i < a.levels.size(); ++i) {
              if (!b.coded[i / kBlockCoefficients]) continue;
              ASSERT_EQ(a.levels[i], b.levels[i]);
            }
          }
        }
      }
      EXPECT_FALSE(in.overrun());
    }
  }
}

TEST(LatentUnits, AnyBytesGiveLevels) {
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> bytes(random() % 400);
    for (uint8_t& byte : bytes) byte = uint8_t(random());
    const BlockGrid grid(1 + int(random() % 70), 1 + int(random() % 70));
    ResidualContexts contexts(FrameClass(round % kFrameClasses));
    BlockMap map(grid);
    RangeDecoder in(bytes);
    PlaneLevels levels(grid);
    for (int k = 0; k < 8; ++k) {
      ReadPlaneLevels({k, 0, false, &map}, &contexts, &in, &levels);
      EXPECT_LE(levels.totals().coded, grid.blocks());
      if (levels.totals().nonzero > 0) map.Update(levels);
    }
  }
}

}  // namespace
}  // namespace fsc
