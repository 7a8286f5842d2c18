// Convolutions run fast give the formula's results to the bit, for every CPU level, number of threads and shape.
#include "codec/profile/conv_net_run.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/each_cpu_level.h"
#include "tests/support/profile_fixture.h"

namespace fsc {
namespace {

Tensor RandomTensor(int channels, int height, int width, std::mt19937* random) {
  std::normal_distribution<float> normal(0, 2);
  Tensor tensor(channels, height, width);
  for (float& value : tensor.values()) value = normal(*random);
  return tensor;
}

void ExpectSame(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.channels(), b.channels());
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) ASSERT_EQ(a.values()[i], b.values()[i]) << i;
}

TEST(ConvNetRun, MatchesItsPlainTwin) {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    const int inputs = 1 + int(random() % 9);
    const int outputs = 1 + int(random() % 9);
    const int kernel = 1 + 2 * int(random() % 3);
    ConvNet net = PlainNet(RandomConvolution(inputs, outputs, kernel, 8, random() % 2 == 0, &random));
    if (random() % 2 == 0) {
      const int between = 1 + int(random() % 6);
      net.branch.push_back(RandomConvolution(inputs, between, 1 + 2 * int(random() % 3), 8, true, &random));
      net.branch.push_back(RandomConvolution(between, outputs, 3, 8, false, &random));
    }
    if (random() % 3 == 0) net.main.push_back(RandomConvolution(outputs, outputs, 3, 8, false, &random));
    for (float& low : net.low) low = random() % 2 == 0 ? 0 : low;
    ASSERT_TRUE(CheckConvNet(net, "").ok());
    const Tensor in = RandomTensor(inputs, 1 + int(random() % 23), 1 + int(random() % 23), &random);
    const Tensor plain = RunConvNetPlain(net, in);
    ForEachCpuLevel([&] { ExpectSame(RunConvNet(net, in, nullptr), plain); });
    for (const int threads : {2, 5}) {
      ThreadPool pool(threads);
      ExpectSame(RunConvNet(net, in, &pool), plain);
    }
  }
}

TEST(ConvNetRun, BandsMeet) {
  // More cells than one task takes.
  std::mt19937 random(6);
  const ConvNet net = PlainNet(RandomConvolution(600, 5, 3, 8, false, &random), 0);
  const Tensor in = RandomTensor(600, 31, 37, &random);
  ExpectSame(RunConvNet(net, in, nullptr), RunConvNetPlain(net, in));
}

TEST(ConvNetRun, ZerosAreOutside) {
  Convolution sum;
  sum.inputs = sum.outputs = 1;
  sum.kernel = 3;
  sum.weights.assign(9, 1);
  sum.bias = {100};
  Tensor in(1, 2, 3);
  for (int i = 0; i < 6; ++i) in.values()[i] = float(1 << i);  // 1 2 4 / 8 16 32
  const Tensor out = RunConvNet(PlainNet(sum), in, nullptr);
  const float expected[] = {127, 163, 154, 127, 163, 154};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(out.values()[i], expected[i]);
}

}  // namespace
}  // namespace fsc
