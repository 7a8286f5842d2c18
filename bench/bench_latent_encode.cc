// Speed of the latent encoder's kernels, each beside its plain twin ("fast": 0). Rates: cells, or samples, per second
// as `items`.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "codec/latent/encode/row_kernels.h"
#include "codec/latent/encode/scan_kernels.h"
#include "core/range_coder.h"
#include "motion/cell_rows.h"

namespace fsc {
namespace {

constexpr int kWidth = 120;

std::vector<int16_t> Samples(size_t count, int seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 300);
  std::vector<int16_t> samples(count);
  for (int16_t& sample : samples) sample = int16_t(normal(random));
  return samples;
}

PlaneView<const int16_t> FourRows(const std::vector<int16_t>& samples) {
  return {samples.data(), kWidth, 4, kWidth};
}

void BM_ScanRow(benchmark::State& state) {
  std::vector<float> row(kWidth), sums(kWidth / 4);
  for (size_t i = 0; i < row.size(); ++i) row[i] = float(i % 7);
  RowScan scan;
  const auto kernel = state.range(0) != 0 ? ScanRow : ScanRowPlain;
  for (auto _ : state) kernel(row, sums.data(), &scan);
  benchmark::DoNotOptimize(scan);
  state.SetItemsProcessed(state.iterations() * kWidth);
}
BENCHMARK(BM_ScanRow)->ArgName("fast")->Arg(0)->Arg(1);

void BM_ProductsOf(benchmark::State& state) {
  const std::vector<int16_t> a = Samples(kWidth, 1), b = Samples(kWidth, 2);
  const auto kernel = state.range(0) != 0 ? ProductsOf : ProductsOfPlain;
  for (auto _ : state) benchmark::DoNotOptimize(kernel(a.data(), b.data(), a.size()));
  state.SetItemsProcessed(state.iterations() * kWidth);
}
BENCHMARK(BM_ProductsOf)->ArgName("fast")->Arg(0)->Arg(1);

void BM_ResidualsOf(benchmark::State& state) {
  const std::vector<int16_t> a = Samples(kWidth * 4, 1), b = Samples(kWidth * 4, 2);
  BlockRow residuals(kWidth / 4);
  std::vector<uint32_t> energies(kWidth / 4);
  const auto kernel = state.range(0) != 0 ? ResidualsOf : ResidualsOfPlain;
  for (auto _ : state) kernel(FourRows(a), FourRows(b), 0, &residuals, energies.data());
  benchmark::DoNotOptimize(energies.data());
  state.SetItemsProcessed(state.iterations() * kWidth * 4);
}
BENCHMARK(BM_ResidualsOf)->ArgName("fast")->Arg(0)->Arg(1);

void BM_TransformFour(benchmark::State& state) {
  const std::vector<int16_t> samples = Samples(64, 1);
  BlockRow residuals(4), coefficients(4);
  for (size_t i = 0; i < samples.size(); ++i) residuals.row(int(i) / 16)[i % 16] = samples[i];
  FourBlocks blocks{{1, 1, 1, 1}, {.3f, .3f, .3f, .3f}, {.6f, .6f, .6f, .6f}, {}, {}};
  const auto kernel = state.range(0) != 0 ? TransformFour : TransformFourPlain;
  for (auto _ : state) kernel(residuals.row(0), residuals.stride(), 0.001f, coefficients.row(0), &blocks);
  benchmark::DoNotOptimize(blocks);
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(BM_TransformFour)->ArgName("fast")->Arg(0)->Arg(1);

void BM_AddModeCosts(benchmark::State& state) {
  const std::vector<int16_t> t = Samples(kWidth * 4, 1), a = Samples(kWidth * 4, 2), b = Samples(kWidth * 4, 3);
  std::vector<float> costs(kWidth);
  ModeRows rows{FourRows(t), FourRows(a), FourRows(b), 0, kWidth / 4, 1e-4f, {}};
  for (size_t mode = 0; mode < 4; ++mode) rows.costs[mode] = costs.data() + mode * kWidth / 4;
  const auto kernel = state.range(0) != 0 ? AddModeCosts : AddModeCostsPlain;
  for (auto _ : state) kernel(rows);
  benchmark::DoNotOptimize(costs.data());
  state.SetItemsProcessed(state.iterations() * kWidth * 4);
}
BENCHMARK(BM_AddModeCosts)->ArgName("fast")->Arg(0)->Arg(1);

void BM_RowActivity(benchmark::State& state) {
  const std::vector<int16_t> a = Samples(kWidth, 1), b = Samples(kWidth, 2);
  const auto kernel = state.range(0) != 0 ? RowActivity : RowActivityPlain;
  for (auto _ : state) benchmark::DoNotOptimize(kernel(a.data(), b.data(), kWidth - 1));
  state.SetItemsProcessed(state.iterations() * kWidth);
}
BENCHMARK(BM_RowActivity)->ArgName("fast")->Arg(0)->Arg(1);

void BM_HalfRow(benchmark::State& state) {
  const std::vector<uint8_t> row(size_t{kWidth} * kCellPlanes + 64, 77);
  std::vector<uint8_t> out(row.size());
  SixBytes in;
  for (size_t k = 0; k < in.size(); ++k) in[k] = row.data() + k * kCellPlanes;
  const auto kernel = state.range(0) != 0 ? HalfRow : HalfRowPlain;
  for (auto _ : state) kernel(in, size_t{kWidth} * kCellPlanes, out.data());
  benchmark::DoNotOptimize(out.data());
  state.SetItemsProcessed(state.iterations() * kWidth * kCellPlanes);
}
BENCHMARK(BM_HalfRow)->ArgName("fast")->Arg(0)->Arg(1);

void BM_CellSad(benchmark::State& state) {
  std::vector<uint8_t> bytes(4096);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = uint8_t(i * 37);
  const CellSadFunction kernel = state.range(0) != 0 ? FastCellSad() : CellSadPlain;
  const CellPlace place{{bytes.data(), bytes.data() + 8, bytes.data() + 1024, bytes.data() + 1032}, 1024, {4, 4, 4, 4}};
  for (auto _ : state) benchmark::DoNotOptimize(kernel(bytes.data() + 64, 1024, place));
  state.SetItemsProcessed(state.iterations() * 32);
}
BENCHMARK(BM_CellSad)->ArgName("fast")->Arg(0)->Arg(1);

// Bits per second.
void BM_RangeEncoder(benchmark::State& state) {
  std::mt19937 random(1);
  std::vector<uint8_t> bits(4096);
  for (uint8_t& bit : bits) bit = random() % 8 == 0;
  for (auto _ : state) {
    RangeEncoder encoder;
    std::array<BitModel, 16> models;
    for (size_t i = 0; i < bits.size(); ++i) encoder.Bit(models[i % 16], bits[i] != 0);
    benchmark::DoNotOptimize(encoder.Finish());
  }
  state.SetItemsProcessed(state.iterations() * int64_t(bits.size()));
}
BENCHMARK(BM_RangeEncoder);

}  // namespace
}  // namespace fsc

BENCHMARK_MAIN();
