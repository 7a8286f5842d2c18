// The encoder's vector kernels give the plain ones' results to the bit, for every size and CPU level.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "codec/latent/encode/row_kernels.h"
#include "codec/latent/encode/scan_kernels.h"
#include "tests/support/each_cpu_level.h"

namespace fsc {
namespace {

// Ordinary values, large ones, or the largest.
std::vector<int16_t> Samples(size_t count, std::mt19937* random) {
  const int kind = int((*random)() % 3);
  std::vector<int16_t> samples(count);
  for (int16_t& sample : samples) {
    const int any = int((*random)() % 65536) - 32768;
    sample = int16_t(kind == 0 ? any / 256 : kind == 1 ? any : (*random)() % 2 != 0 ? 32767 : -32768);
  }
  return samples;
}

bool Same(const FourBlocks::Look& a, const FourBlocks::Look& b) {
  return a.promise == b.promise && a.most == b.most && a.positions == b.positions;
}

TEST(EncodeKernels, ScanRowMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0.5f, 3);
    for (size_t count = 1; count < 150; ++count) {
      std::vector<float> row(count);
      for (float& value : row) value = random() % 8 == 0 ? 0.0f : normal(random) * (random() % 50 == 0 ? 1e6f : 1.0f);
      std::vector<float> fast_sums((count + 3) / 4, 1.5f), plain_sums = fast_sums;
      RowScan fast, plain;
      for (int rows = 0; rows < 2; ++rows) {
        ScanRow(row, fast_sums.data(), &fast);
        ScanRowPlain(row, plain_sums.data(), &plain);
      }
      ASSERT_EQ(fast_sums, plain_sums) << count;
      ASSERT_EQ(fast.sums, plain.sums) << count;
      ASSERT_EQ(fast.squares, plain.squares) << count;
      ASSERT_EQ(fast.lowest, plain.lowest);
      ASSERT_EQ(fast.highest, plain.highest);
    }
  });
}

TEST(EncodeKernels, ProductsOfMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(2);
    for (size_t count = 0; count < 150; ++count) {
      const std::vector<int16_t> target = Samples(count, &random);
      const std::vector<int16_t> prediction = Samples(count, &random);
      const RowProducts fast = ProductsOf(target.data(), prediction.data(), count);
      const RowProducts plain = ProductsOfPlain(target.data(), prediction.data(), count);
      ASSERT_EQ(fast.cross, plain.cross) << count;
      ASSERT_EQ(fast.energy, plain.energy) << count;
    }
  });
}

TEST(EncodeKernels, ResidualsOfMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(3);
    for (int width = 1; width < 75; ++width) {
      const int height = 1 + int(random() % 9);
      const std::vector<int16_t> target = Samples(size_t(width) * height, &random);
      const std::vector<int16_t> prediction = Samples(size_t(width) * height, &random);
      const PlaneView<const int16_t> t{target.data(), width, height, width};
      const PlaneView<const int16_t> p{prediction.data(), width, height, width};
      const int blocks = (width + 3) / 4;
      for (int by = 0; by < (height + 3) / 4; ++by) {
        BlockRow fast(blocks), plain(blocks);
        std::vector<uint32_t> fast_energies(blocks), plain_energies(blocks);
        ResidualsOf(t, p, by, &fast, fast_energies.data());
        ResidualsOfPlain(t, p, by, &plain, plain_energies.data());
        ASSERT_EQ(fast_energies, plain_energies) << width << " x " << height;
        ASSERT_EQ(0, std::memcmp(fast.row(0), plain.row(0), 4 * fast.stride() * sizeof(int32_t)));
      }
    }
  });
}

TEST(EncodeKernels, TransformFourMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(4);
    for (int round = 0; round < 300; ++round) {
      const int spread = 1 << (random() % 17);
      BlockRow residuals(8), fast(8), plain(8);
      for (int y = 0; y < 4; ++y) {
        for (size_t x = 0; x < residuals.stride(); ++x)
          residuals.row(y)[x] = int(random() % uint32_t(2 * spread)) - spread;
      }
      const float inverse_step = std::ldexp(1.3f, -int(random() % 15));
      FourBlocks fast_blocks{{0.5f, 1, 2, 0}, {0.1f, 0.2f, 0, 3}, {0.5f, 0.6f, 0.7f, 1}, {}, {}};
      FourBlocks plain_blocks = fast_blocks;
      const size_t x = 16 * (random() % 2);
      TransformFour(residuals.row(0) + x, residuals.stride(), inverse_step, fast.row(0) + x, &fast_blocks);
      TransformFourPlain(residuals.row(0) + x, residuals.stride(), inverse_step, plain.row(0) + x, &plain_blocks);
      ASSERT_EQ(0, std::memcmp(fast.row(0), plain.row(0), 4 * fast.stride() * sizeof(int32_t)));
      ASSERT_TRUE(Same(fast_blocks.transformed, plain_blocks.transformed));
      ASSERT_TRUE(Same(fast_blocks.plain, plain_blocks.plain));
    }
  });
}

TEST(EncodeKernels, AddModeCostsMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(5);
    for (int blocks = 0; blocks < 40; ++blocks) {
      const int width = 4 * blocks + 1;
      const std::vector<int16_t> target = Samples(size_t(width) * 8, &random);
      const std::vector<int16_t> first = Samples(size_t(width) * 8, &random);
      const std::vector<int16_t> second = Samples(size_t(width) * 8, &random);
      std::vector<std::vector<float>> fast(4, std::vector<float>(blocks + 1, 0.25f)), plain = fast;
      ModeRows rows{{target.data(), width, 8, width},
                    {first.data(), width, 8, width},
                    {second.data(), width, 8, width},
                    int(random() % 5),
                    blocks,
                    std::ldexp(1.0f, -int(random() % 30)),
                    {}};
      for (size_t mode = 0; mode < 4; ++mode) rows.costs[mode] = mode == 1 ? nullptr : fast[mode].data();
      AddModeCosts(rows);
      for (size_t mode = 0; mode < 4; ++mode) rows.costs[mode] = mode == 1 ? nullptr : plain[mode].data();
      AddModeCostsPlain(rows);
      ASSERT_EQ(fast, plain) << blocks;
    }
  });
}

}  // namespace
}  // namespace fsc
