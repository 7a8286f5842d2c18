// Speed of the latent decoder's kernels, each beside its plain twin. Rates: cells a second as `items`, at the size of a
// plane of 120 x 68 cells.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "codec/latent/add_blocks.h"
#include "codec/latent/output_rows.h"
#include "codec/latent/plane_mix.h"
#include "codec/latent/predict_rows.h"

namespace fsc {
namespace {

constexpr int kWidth = 120;
constexpr int kHeight = 68;
constexpr size_t kCells = size_t(kWidth) * kHeight;

std::vector<int16_t> Samples(size_t count) {
  std::mt19937 random(1);
  std::vector<int16_t> samples(count);
  for (int16_t& sample : samples) sample = int16_t(int(random() % 2001) - 1000);
  return samples;
}

// 128 channels from as many planes as the first argument says. Items: cells of channels.
void BM_MixPlanes(benchmark::State& state) {
  constexpr int kChannels = 128;
  const int planes = int(state.range(0));
  const std::vector<float> weights(size_t(kChannels) * size_t(planes), 0.1f), start(kChannels, 1.0f);
  const std::vector<int16_t> in = Samples(size_t(planes) * kCells);
  std::vector<float> out(kChannels * kCells);
  const auto mix = state.range(1) != 0 ? MixPlanes : MixPlanesPlain;
  for (auto _ : state) {
    mix({weights.data(), start.data(), kChannels, planes, in.data(), kCells, out.data(), kCells, kCells});
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t(out.size()));
}
BENCHMARK(BM_MixPlanes)->ArgNames({"planes", "fast"})->ArgsProduct({{32, 121}, {0, 1}})->Unit(benchmark::kMillisecond);

void BM_ScaleRow(benchmark::State& state) {
  const std::vector<int16_t> in = Samples(kCells);
  std::vector<float> out(kCells);
  const auto scale = state.range(0) != 0 ? ScaleRow : ScaleRowPlain;
  for (auto _ : state) {
    scale(in, 0.5f, 0.01f, out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t(kCells));
}
BENCHMARK(BM_ScaleRow)->ArgName("fast")->Arg(0)->Arg(1);

void BM_CorrectRow(benchmark::State& state) {
  CorrectionTable table;
  for (size_t i = 0; i < table.at.size(); ++i) table.at[i] = 0.01f * float(i % 7);
  for (size_t i = 0; i + 1 < table.at.size(); ++i) table.growth[i] = table.at[i + 1] - table.at[i];
  std::vector<float> values(kCells);
  for (size_t i = 0; i < kCells; ++i) values[i] = float(i % 97) * 0.1f;
  const OutputRow row{0.0f, 4.0f, -1.0f, float(state.range(0) - 1)};
  const auto correct = state.range(1) != 0 ? CorrectRow : CorrectRowPlain;
  for (auto _ : state) {
    correct(row, table, values);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t(kCells));
}
BENCHMARK(BM_CorrectRow)->ArgNames({"centres", "fast"})->ArgsProduct({{16, 32, 64}, {0, 1}});

void BM_BlendRow(benchmark::State& state) {
  const std::vector<int16_t> first = Samples(kCells), second(kCells, 5);
  std::vector<int16_t> pick(kCells), out(kCells);
  for (size_t i = 0; i < kCells; ++i) pick[i] = int16_t(i / 4 % 3);
  const auto blend = state.range(1) != 0 ? BlendRow : BlendRowPlain;
  for (auto _ : state) {
    for (size_t i = 0; i < kCells; i += kWidth) {
      blend({first.data() + i, second.data() + i, pick.data() + i, int(state.range(0))}, {out.data() + i, kWidth});
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t(kCells));
}
BENCHMARK(BM_BlendRow)->ArgNames({"gain", "fast"})->ArgsProduct({{13, 16}, {0, 1}});

void BM_ScaleByGain(benchmark::State& state) {
  std::vector<int16_t> values = Samples(kCells);
  const auto scale = state.range(0) != 0 ? ScaleByGain : ScaleByGainPlain;
  for (auto _ : state) {
    scale(13, values);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t(kCells));
}
BENCHMARK(BM_ScaleByGain)->ArgName("fast")->Arg(0)->Arg(1);

// Every block of a plane, with three levels each.
void BM_AddBlocks(benchmark::State& state) {
  std::vector<int16_t> cells = Samples(kCells);
  std::vector<int16_t> levels(kCells);
  for (size_t i = 0; i < kCells; i += kBlockCoefficients) {
    levels[i] = 2;
    levels[i + 1] = -1;
    levels[i + 4] = 1;
  }
  std::vector<AddedBlock> blocks;
  for (int y = 0; y + 4 <= kHeight; y += 4) {
    for (int x = 0; x + 4 <= kWidth; x += 4) {
      blocks.push_back({levels.data() + blocks.size() * kBlockCoefficients, cells.data() + y * kWidth + x, false});
    }
  }
  const auto add = state.range(0) != 0 ? AddBlocks : AddBlocksPlain;
  for (auto _ : state) {
    add({.step_q4 = 300, .recentre = {-3, 1}}, blocks, kWidth);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t(kCells));
}
BENCHMARK(BM_AddBlocks)->ArgName("fast")->Arg(0)->Arg(1);

}  // namespace
}  // namespace fsc

BENCHMARK_MAIN();
