// What a profile's networks cost, in ns per element of the original tensor on one core, and in multiplications per
// second: reducers and restorers of 128 channels at 45 x 60 cells. With FSC_BENCH_PROFILE=P.fscp and
// FSC_BENCH_CELLS=HxW in the environment also those of that profile, at layers of which the first has H x W cells.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <random>

#include "codec/profile/conv_net_run.h"
#include "codec/profile/profile.h"
#include "codec/profile/task_map.h"
#include "codec/profile/transform.h"

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

struct Measured {
  Profile profile;
  std::vector<LayerSpec> layers;
  FeatureFrame frame, reduced;
};

// Registers what the environment names; false where that cannot be read.
bool AddProfile() {
  const char* path = std::getenv("FSC_BENCH_PROFILE");
  const char* cells = std::getenv("FSC_BENCH_CELLS");
  if (path == nullptr || cells == nullptr) return true;
  int height = 0, width = 0;
  auto profile = ReadProfileFile(path, Limits{});
  if (!profile.ok() || std::sscanf(cells, "%dx%d", &height, &width) != 2 || height < 1 || width < 1) {
    std::fprintf(stderr, "cannot use %s at %s\n", path, cells);
    return false;
  }
  auto measured = std::make_shared<Measured>();
  measured->profile = std::move(*profile);
  measured->layers = measured->profile.layers;
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  for (LayerSpec& layer : measured->layers) {
    const int first_px = measured->layers[0].stride_px;
    layer.height_cells = std::max(1, height * first_px / layer.stride_px);
    layer.width_cells = std::max(1, width * first_px / layer.stride_px);
    Tensor tensor(layer.channels, layer.height_cells, layer.width_cells);
    for (float& value : tensor.values()) value = normal(random);
    measured->frame.layers.push_back(std::move(tensor));
  }
  measured->reduced = ReduceFrame(measured->profile.parts, measured->frame, nullptr);
  const auto add = [&](const char* name, auto body) {
    benchmark::RegisterBenchmark(name, [measured, body](benchmark::State& state) {
      for (auto _ : state) body(*measured);
      state.counters["ns_per_el"] =
          benchmark::Counter(double(TotalElements(measured->layers)) * 1e-9,
                             benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    })->Unit(benchmark::kMillisecond);
  };
  add("Profile/reduce", [](const Measured& m) {
    benchmark::DoNotOptimize(ReduceFrame(m.profile.parts, m.frame, nullptr).layers[0].values().data());
  });
  add("Profile/task_map",
      [](const Measured& m) { benchmark::DoNotOptimize(TaskWeights(m.profile.parts, m.reduced, nullptr).size()); });
  add("Profile/restore", [](const Measured& m) {
    const FeatureFrame restored = RestoreFrame(m.profile.parts, m.layers, m.reduced, nullptr);
    benchmark::DoNotOptimize(restored.layers[0].values().data());
  });
  return true;
}

}  // namespace
}  // namespace fsc

int main(int argc, char** argv) {
  if (!fsc::AddProfile()) return 1;
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
