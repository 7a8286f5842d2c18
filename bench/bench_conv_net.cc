// What a profile's networks cost, in ns per element of the original tensor on one core, and in multiplications per
// second: reducers and restorers of 128 channels at 45 x 60 cells.
#include <benchmark/benchmark.h>

#include <limits>
#include <random>

#include "codec/conv_net_run.h"

namespace fsc {
namespace {

constexpr int kChannels = 128;
constexpr int kHeight = 45;
constexpr int kWidth = 60;

Convolution RandomLayer(int inputs, int outputs, int kernel) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.1f);
  Convolution layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.kernel = kernel;
  for (int64_t i = 0; i < layer.weight_count(); ++i) layer.weights.push_back(normal(random));
  layer.bias.assign(size_t(outputs), 0.5f);
  return layer;
}

void Run(benchmark::State& state, const ConvNet& net, bool plain) {
  Tensor in(net.inputs(), kHeight, kWidth);
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  for (float& value : in.values()) value = normal(random);
  for (auto _ : state) {
    const Tensor out = plain ? RunConvNetPlain(net, in) : RunConvNet(net, in, nullptr);
    benchmark::DoNotOptimize(out.values().data());
  }
  const double elements = double(kChannels) * kHeight * kWidth;
  state.counters["ns_per_el"] =
      benchmark::Counter(elements * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["mac_per_s"] =
      benchmark::Counter(double(WeightCount(net)) * kHeight * kWidth, benchmark::Counter::kIsIterationInvariantRate);
}

// Arguments: planes, kernel.
void BM_Reducer(benchmark::State& state) {
  ConvNet net;
  net.main.push_back(RandomLayer(kChannels, int(state.range(0)), int(state.range(1))));
  net.low.assign(size_t(state.range(0)), -std::numeric_limits<float>::infinity());
  Run(state, net, false);
}
BENCHMARK(BM_Reducer)->Args({16, 1})->Args({48, 1})->Args({48, 3})->Unit(benchmark::kMillisecond);

// Arguments: planes, width of the branch (0 = none), whether the plain twin runs.
void BM_Restorer(benchmark::State& state) {
  const int planes = int(state.range(0));
  const int branch = int(state.range(1));
  ConvNet net;
  net.main.push_back(RandomLayer(planes, kChannels, 3));
  if (branch > 0) {
    net.branch.push_back(RandomLayer(planes, branch, 3));
    net.branch.front().relu = true;
    net.branch.push_back(RandomLayer(branch, kChannels, 3));
  }
  net.low.assign(kChannels, 0);
  Run(state, net, state.range(2) != 0);
}
BENCHMARK(BM_Restorer)
    ->Args({48, 0, 0})
    ->Args({48, 0, 1})
    ->Args({48, 64, 0})
    ->Args({16, 0, 0})
    ->Args({64, 0, 0})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace fsc

BENCHMARK_MAIN();
