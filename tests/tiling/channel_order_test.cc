// Channel orders: permutations that do what they are named after.
#include "tiling/channel_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace fsc {
namespace {

// Channels 2k and 2k + 1 + C / 2 ... : pairs of the same pattern, one inverted and scaled, scattered over the tensor.
Tensor ScatteredPairs(int pairs) {
  Tensor tensor(2 * pairs, 12, 10);
  for (int k = 0; k < pairs; ++k) {
    std::mt19937 random(static_cast<unsigned>(k));
    std::normal_distribution<float> normal;
    for (size_t i = 0; i < tensor.plane(0).size(); ++i) {
      const float value = normal(random);
      tensor.plane(k)[i] = value + float(k % 4);
      tensor.plane(2 * pairs - 1 - k)[i] = -2 * value;
    }
  }
  return tensor;
}

bool IsPermutation(const std::vector<int>& order) {
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != int(i)) return false;
  }
  return true;
}

TEST(ChannelOrder, RasterIsEmpty) {
  EXPECT_TRUE(MakeChannelOrder(ScatteredPairs(3), ChannelOrder::kRaster).raster());
}

TEST(ChannelOrder, ByMeanAscends) {
  const Tensor tensor = ScatteredPairs(8);
  const LayerOrder order = MakeChannelOrder(tensor, ChannelOrder::kByMean);
  ASSERT_TRUE(IsPermutation(order.channel_at));
  double last = -INFINITY;
  for (int p = 0; p < tensor.channels(); ++p) {
    double sum = 0;
    for (const float x : tensor.plane(order.channel(p))) sum += x;
    EXPECT_GE(sum, last);
    EXPECT_FALSE(order.inverted(p));
    last = sum;
  }
}

TEST(ChannelOrder, SimilarChannelsMeetWithOppositePolarity) {
  constexpr int kPairs = 9;
  const LayerOrder order = MakeChannelOrder(ScatteredPairs(kPairs), ChannelOrder::kBySimilarity);
  ASSERT_EQ(order.channel_at.size(), 2u * kPairs);
  ASSERT_TRUE(IsPermutation(order.channel_at));
  for (int p = 0; p < 2 * kPairs; p += 2) {
    EXPECT_EQ(order.channel(p) + order.channel(p + 1), 2 * kPairs - 1) << "position " << p;
    EXPECT_NE(order.inverted(p), order.inverted(p + 1)) << "position " << p;
  }
}

TEST(ChannelOrder, DegenerateTensors) {
  for (const ChannelOrder rule : {ChannelOrder::kByMean, ChannelOrder::kBySimilarity}) {
    EXPECT_TRUE(IsPermutation(MakeChannelOrder(Tensor(1, 1, 1), rule).channel_at));
    EXPECT_TRUE(IsPermutation(MakeChannelOrder(Tensor(13, 1, 1), rule).channel_at)) << "constant planes";
    EXPECT_TRUE(IsPermutation(MakeChannelOrder(Tensor(3, 1, 40), rule).channel_at));
  }
}

}  // namespace
}  // namespace fsc
