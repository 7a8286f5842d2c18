// Milliseconds to repair a tensor of 128 x 45 x 60 of which 30 % of the packets are lost, packets of 8 rows.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <random>
#include <string>

#include "fsc/concealer.h"

namespace fsc {
namespace {

constexpr int kChannels = 128;
constexpr int kHeight = 45;
constexpr int kWidth = 60;
constexpr int kRows = 8;

// Channels that mix sixteen waves, rectified, as a ReLU leaves them.
Tensor Features(int frame) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Tensor waves(16, kHeight, kWidth);
  for (int w = 0; w < 16; ++w) {
    const float x_step = uniform(random);
    const float y_step = uniform(random);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        waves.plane(w)[size_t(y * kWidth + x)] =
            std::sin(x_step * (float(x) + 0.3F * float(frame)) + y_step * float(y));
      }
    }
  }
  Tensor tensor(kChannels, kHeight, kWidth);
  for (int c = 0; c < kChannels; ++c) {
    for (int w = 0; w < 16; ++w) {
      const float mix = uniform(random);
      for (size_t i = 0; i < tensor.plane(c).size(); ++i) tensor.plane(c)[i] += mix * waves.plane(w)[i];
    }
    for (float& value : tensor.plane(c)) value = std::max(0.0F, value + 0.1F * uniform(random));
  }
  return tensor;
}

ArrivalMap Losses() {
  std::mt19937 random(2);
  ArrivalMap map(kChannels, kHeight);
  for (int y = 0; y < kHeight; y += kRows) {
    for (int c = 0; c < kChannels; ++c) {
      if (random() % 10 < 3) map.Lose(c, y, std::min(kRows, kHeight - y));
    }
  }
  return map;
}

void Repair(benchmark::State& state, const std::string& name) {
  const Tensor last = Features(0);
  ConcealerOptions options;
  CompletionParts parts;
  parts.mean_map = true;
  CompletionLearner learner(parts);
  for (int frame = 0; frame < 3; ++frame) {
    if (!learner.Add(Features(frame), frame > 0).ok()) return state.SkipWithError("no statistics");
  }
  options.statistics = std::make_shared<CompletionStatistics>(*learner.Finish());
  const auto concealer = CreateConcealer(name, options);
  if (!concealer.ok()) return state.SkipWithError(concealer.error().OneLine().c_str());
  const ArrivalMap map = Losses();
  Tensor tensor = Features(1);
  for (auto _ : state) {
    if (!(*concealer)->Conceal(map, {.previous = &last}, &tensor).ok()) return state.SkipWithError("not repaired");
  }
}

}  // namespace
}  // namespace fsc

int main(int argc, char** argv) {
  for (const std::string& name : fsc::ConcealerNames()) {
    benchmark::RegisterBenchmark(name.c_str(), fsc::Repair, name)->Unit(benchmark::kMillisecond)->MinTime(0.2);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
