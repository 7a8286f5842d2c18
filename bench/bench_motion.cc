// Speed of the motion kernels: block matching, field search, warp. Rates: pixels or cells per second as `items`.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "motion/enlarge_rows.h"
#include "motion/leaf_sad.h"
#include "motion/motion_search.h"
#include "motion/motion_syntax.h"
#include "motion/warp.h"

namespace fsc {
namespace {

// A picture with detail at every scale, moved by a slow zoom of `step` frames.
Plane<uint8_t> Scene(int width, int height, double step) {
  Plane<uint8_t> picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double u = (x - width / 2) * (1 + 0.004 * step) + 1.3 * step;
      const double v = (y - height / 2) * (1 + 0.004 * step);
      double sum = 128;
      for (int k = 1; k <= 16; k *= 2)
        sum += 18 * std::sin(u * 0.9 / k + std::cos(v * 0.4 / k)) + 8 * std::cos(v * 1.1 / k);
      picture.row(y)[x] = uint8_t(std::clamp(sum, 0.0, 255.0));
    }
  }
  return picture;
}

void BM_LeafSad(benchmark::State& state) {
  const Plane<uint8_t> a = Scene(512, 64, 0);
  const Plane<uint8_t> b = Scene(512, 64, 1);
  const LeafSadFunction sad = state.range(0) != 0 ? FastLeafSad() : LeafSadPlain;
  const int fx = int(state.range(1)) & 3;
  const int fy = int(state.range(1)) >> 2;
  uint32_t sum = 0;
  for (auto _ : state) {
    for (int x = 0; x < 400; x += 16) sum += sad(a.row(16) + x, 512, b.row(17) + x + 3, 512, fx, fy);
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * 25 * 256);
}
BENCHMARK(BM_LeafSad)->ArgNames({"fast", "phase"})->ArgsProduct({{0, 1}, {0, 1, 4, 5}});

// One row of 960 pixels at eight pixels a cell.
void BM_AcrossRow(benchmark::State& state) {
  std::mt19937 random(2);
  std::vector<int16_t> cells(140);
  for (int16_t& v : cells) v = int16_t(random());
  std::vector<AcrossTap> taps(960);
  for (int x = 0; x < 960; ++x) {
    const auto& weights = TapsOf(WarpFilter::kSixTap)[x % 8 * 4];
    std::copy(weights.begin(), weights.end(), taps[x].weights.begin());
    taps[x].first = x / 8;
  }
  std::vector<int32_t> out(960);
  const auto across = state.range(0) != 0 ? AcrossRow : AcrossRowPlain;
  for (auto _ : state) {
    across(cells.data(), taps.data(), 960, out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 960);
}
BENCHMARK(BM_AcrossRow)->ArgName("fast")->Arg(0)->Arg(1);

void BM_GreyRow(benchmark::State& state) {
  std::mt19937 random(3);
  std::vector<std::vector<int32_t>> sums(kWarpTaps, std::vector<int32_t>(960));
  SixRows rows;
  for (int k = 0; k < kWarpTaps; ++k) {
    for (int32_t& v : sums[k]) v = 64 * int16_t(random());
    rows[k] = sums[k].data();
  }
  std::vector<uint8_t> out(960);
  const auto grey = state.range(0) != 0 ? GreyRow : GreyRowPlain;
  for (auto _ : state) {
    grey(rows, TapsOf(WarpFilter::kSixTap)[13], {17.3, 0.002}, 960, out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 960);
}
BENCHMARK(BM_GreyRow)->ArgName("fast")->Arg(0)->Arg(1);

void BM_EstimateMotion(benchmark::State& state) {
  const int width = int(state.range(0));
  const int height = int(state.range(1));
  const Plane<uint8_t> reference = Scene(width, height, 0);
  const Plane<uint8_t> current = Scene(width, height, 1);
  MotionSearchOptions options;
  options.global = state.range(2) != 0;
  for (auto _ : state) benchmark::DoNotOptimize(EstimateMotion(current.view(), reference.view(), options));
  state.SetItemsProcessed(state.iterations() * width * height);
}
BENCHMARK(BM_EstimateMotion)
    ->ArgNames({"w", "h", "global"})
    ->Args({480, 360, 0})
    ->Args({480, 360, 1})
    ->Args({1920, 1080, 0})
    ->Unit(benchmark::kMillisecond);

// 1080p at stride 8; vectors change every `block` cells.
void BM_Warp(benchmark::State& state) {
  const int width = 240;
  const int height = 135;
  const int block = int(state.range(0));
  std::mt19937 random(1);
  Plane<CellVector> vectors(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      CellVector& v = vectors.row(y)[x];
      if (x % block != 0) {
        v = vectors.row(y)[x - 1];
      } else if (y % block != 0) {
        v = vectors.row(y - 1)[x];
      } else {
        v = {int16_t(random() % 64 - 32), int16_t(random() % 64 - 32)};
      }
    }
  }
  Plane<int16_t> reference(width, height);
  for (int16_t& v : reference.samples()) v = int16_t(random());
  Plane<int16_t> out(width, height);
  const WarpPlan plan(vectors, WarpFilter(state.range(1)));
  const auto warp = state.range(2) != 0 ? WarpPlane : WarpPlanePlain;
  for (auto _ : state) {
    warp(plan, reference.view(), out.view());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * width * height);
}
BENCHMARK(BM_Warp)->ArgNames({"block", "bilinear", "fast"})->ArgsProduct({{2, 4, 8, 64}, {0, 1}, {0, 1}});

void BM_Average(benchmark::State& state) {
  std::vector<int16_t> a(240 * 135, 5), b(240 * 135, -9), out(240 * 135);
  for (auto _ : state) {
    AverageRow(a, b, out);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * int64_t(out.size()));
}
BENCHMARK(BM_Average);

void BM_WriteMotionField(benchmark::State& state) {
  const Plane<uint8_t> reference = Scene(1920, 1080, 0);
  const Plane<uint8_t> current = Scene(1920, 1080, 1);
  MotionSearchOptions options;
  options.global = false;
  const MotionField field = *EstimateMotion(current.view(), reference.view(), options);
  for (auto _ : state) {
    RangeEncoder encoder;
    MotionContexts contexts;
    WriteMotionField(field, {}, &contexts, &encoder);
    benchmark::DoNotOptimize(encoder.Finish());
  }
}
BENCHMARK(BM_WriteMotionField)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace fsc

BENCHMARK_MAIN();
