// The vector kernels of the channel transform give the plain ones' results to the bit, for every size and CPU level.
#include "codec/latent/channel_kernels.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/support/each_cpu_level.h"

namespace fsc {
namespace {

TEST(ChannelKernels, MixRowsMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 3);
    for (int round = 0; round < 200; ++round) {
      const int rows = 1 + int(random() % 11);
      const int columns = int(random() % 9);
      const size_t cells = 1 + random() % 70;
      const size_t stride = cells + random() % 5;
      std::vector<float> weights(rows * 12), start(rows), in(columns * cells), fast(rows * stride),
          plain(rows * stride);
      for (auto* values : {&weights, &start, &in}) {
        for (float& value : *values) value = normal(random);
      }
      std::vector<int> chosen(columns);
      for (int& column : chosen) column = int(random() % 12);
      RowMix mix{weights.data(), 12, chosen, start.data(), rows, in.data(), fast.data(), stride, cells};
      MixRows(mix);
      mix.out = plain.data();
      MixRowsPlain(mix);
      ASSERT_EQ(fast, plain) << rows << " x " << columns << " x " << cells;
    }
  });
}

TEST(ChannelKernels, QuantiseRowMatchesItsPlainTwin) {
  ForEachCpuLevel([] {
    std::mt19937 random(2);
    for (int round = 0; round < 200; ++round) {
      const float scale = std::exp2(float(int(random() % 40)) - 20);
      std::vector<float> in(random() % 70);
      for (float& value : in) {
        value = std::exp2(float(int(random() % 60)) - 30) * (random() % 2 ? 1.0f : -1.0f);
        if (random() % 4 == 0) value = (float(int(random() % 200)) + 0.5f) / scale;
      }
      std::vector<int16_t> fast(in.size()), plain(in.size());
      QuantiseRow(in, 0.25f, scale, fast.data());
      QuantiseRowPlain(in, 0.25f, scale, plain.data());
      ASSERT_EQ(fast, plain);
      QuantiseRow(in, 0.0f, scale, fast.data());
      QuantiseRowPlain(in, 0.0f, scale, plain.data());
      ASSERT_EQ(fast, plain);
    }
  });
}

}  // namespace
}  // namespace fsc
