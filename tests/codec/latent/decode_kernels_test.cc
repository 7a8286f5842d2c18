// The vector kernels of the decoder give the plain ones' results to the bit, for every size and CPU level.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "codec/latent/add_blocks.h"
#include "codec/latent/output_rows.h"
#include "codec/latent/plane_mix.h"
#include "codec/latent/predict_rows.h"
#include "tests/support/each_cpu_level.h"

namespace fsc {
namespace {

constexpr size_t kSizes[] = {1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 131, 200};

int16_t AnySample(std::mt19937* random) {
  const uint32_t kind = (*random)() % 8;
  return kind == 0 ? int16_t(-32768) : kind == 1 ? int16_t(32767) : kind < 4 ? int16_t{0} : int16_t((*random)());
}

std::vector<int16_t> AnySamples(size_t count, std::mt19937* random) {
  std::vector<int16_t> samples(count);
  for (int16_t& sample : samples) sample = AnySample(random);
  return samples;
}

TEST(DecodeKernels, MixPlanesMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 3);
    for (const size_t cells : kSizes) {
      for (const int planes : {1, 2, 63, 64, 65, 130}) {
        const int rows = 1 + int(random() % 9);
        const size_t in_stride = cells + random() % 5;
        const size_t out_stride = cells + random() % 5;
        std::vector<float> weights(size_t(rows) * size_t(planes)), start(size_t(rows), 0.0f);
        for (float& value : weights) value = random() % 4 == 0 ? 0.0f : normal(random);
        for (float& value : start) value = random() % 2 == 0 ? 0.0f : normal(random);
        std::vector<int16_t> in = AnySamples(size_t(planes) * in_stride, &random);
        // Whole planes and parts of planes of zeros, which are left out.
        for (int k = 0; k < planes; ++k) {
          if (random() % 3 == 0) std::fill_n(in.begin() + ptrdiff_t(size_t(k) * in_stride), cells / 2, int16_t{0});
          if (random() % 3 == 0) std::fill_n(in.begin() + ptrdiff_t(size_t(k) * in_stride), cells, int16_t{0});
        }
        std::vector<float> fast(size_t(rows) * out_stride, 7.0f), plain = fast;
        PlaneMix mix{weights.data(), start.data(), rows, planes, in.data(), in_stride, fast.data(), out_stride, cells};
        MixPlanes(mix);
        mix.out = plain.data();
        MixPlanesPlain(mix);
        ASSERT_EQ(fast, plain) << rows << " x " << planes << " x " << cells;
      }
    }
  });
}

TEST(DecodeKernels, ScaleRowMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(2);
    for (const size_t cells : kSizes) {
      const std::vector<int16_t> in = AnySamples(cells, &random);
      std::vector<float> fast(cells), plain(cells);
      ScaleRow(in, -0.3f, 0.01f, fast.data());
      ScaleRowPlain(in, -0.3f, 0.01f, plain.data());
      ASSERT_EQ(fast, plain);
    }
  });
}

TEST(DecodeKernels, CorrectRowMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    for (const size_t cells : kSizes) {
      for (const int last : {0, 1, 15, 16, 31, 32, 63}) {
        CorrectionTable table;
        for (int i = 0; i <= last; ++i) table.at[size_t(i)] = normal(random);
        for (int i = 0; i < last; ++i) table.growth[size_t(i)] = table.at[size_t(i) + 1] - table.at[size_t(i)];
        OutputRow row{random() % 2 == 0 ? 0.0f : -3.0e38f, 4.0f, -2.0f, float(last)};
        std::vector<float> fast(cells);
        for (float& value : fast) {
          value = normal(random) * 4;
          if (random() % 4 == 0) value = float(int(random() % 64)) / 4;  // on a centre
          if (random() % 8 == 0) value = random() % 2 == 0 ? 1e37f : -1e37f;
          if (random() % 8 == 0) value = random() % 2 == 0 ? 0.0f : -0.0f;
        }
        std::vector<float> plain = fast;
        CorrectRow(row, table, fast);
        CorrectRowPlain(row, table, plain);
        for (size_t i = 0; i < cells; ++i) {
          ASSERT_EQ(fast[i], plain[i]);
          ASSERT_EQ(std::signbit(fast[i]), std::signbit(plain[i]));
        }
      }
    }
  });
}

TEST(DecodeKernels, BlendRowAndScaleByGainMatchTheirPlainTwins) {
  ForEachCpuLevel([] {
    std::mt19937 random(4);
    for (const size_t cells : kSizes) {
      for (int gain = 0; gain <= kGainUnit; ++gain) {
        const std::vector<int16_t> first = AnySamples(cells, &random), second = AnySamples(cells, &random);
        std::vector<int16_t> pick(cells), fast(cells), plain(cells);
        for (int16_t& p : pick) p = int16_t(random() % 3);
        const RowBlend blend{first.data(), second.data(), pick.data(), gain};
        BlendRow(blend, fast);
        BlendRowPlain(blend, plain);
        ASSERT_EQ(fast, plain) << cells << " cells, gain " << gain;
        fast = plain = first;
        ScaleByGain(gain, fast);
        ScaleByGainPlain(gain, plain);
        ASSERT_EQ(fast, plain) << cells << " cells, gain " << gain;
      }
    }
  });
  const std::vector<int16_t> first{10, 10, 10, -32768}, second{21, 21, 21, 32767}, pick{0, 1, 2, 2};
  std::vector<int16_t> out(4);
  BlendRow({first.data(), second.data(), pick.data(), kGainUnit}, out);
  EXPECT_EQ(out, (std::vector<int16_t>{10, 21, 16, 0}));
  BlendRow({first.data(), second.data(), pick.data(), 8}, out);
  EXPECT_EQ(out, (std::vector<int16_t>{5, 11, 8, 0}));
}

TEST(DecodeKernels, AddBlocksMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(5);
    for (const int32_t step_q4 : {1, 16, 300, 40000, 1 << 19}) {
      for (int round = 0; round < 60; ++round) {
        const Dequantizer dequantizer{step_q4, {int8_t(int(random() % 63) - 31), int8_t(int(random() % 63) - 31)}};
        constexpr size_t kBlocks = 9;
        constexpr ptrdiff_t kStride = 4 * kBlocks + 3;
        std::vector<int16_t> levels(kBlocks * kBlockCoefficients);
        const int kind = round % 4;
        for (int16_t& level : levels) {
          if (random() % 3 != 0) continue;
          level =
              kind == 0 ? AnySample(&random) : int16_t(int(random() % (kind == 1 ? 3 : 200)) - (kind == 1 ? 1 : 99));
        }
        std::vector<int16_t> fast = AnySamples(4 * kStride, &random), plain = fast;
        for (std::vector<int16_t>* cells : {&fast, &plain}) {
          std::vector<AddedBlock> blocks;
          for (size_t i = 0; i < kBlocks; ++i) {
            blocks.push_back({levels.data() + i * kBlockCoefficients, cells->data() + 4 * i, i % 3 == 0});
          }
          cells == &fast ? AddBlocks(dequantizer, blocks, kStride) : AddBlocksPlain(dequantizer, blocks, kStride);
        }
        ASSERT_EQ(fast, plain) << "step " << step_q4;
      }
    }
  });
}

}  // namespace
}  // namespace fsc
