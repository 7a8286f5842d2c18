// What the tiled modes cost beside libavcodec, in ns per element on one core: the check for NaN, the ranges, quantising
// into the picture, dequantising out of it, and the container. The budget is 2 ns in all (Summary).
//
// Sizes: 128 x 45 x 60 (one layer) and a pyramid of 22 million elements (four layers of 256 channels).
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "codec/tiled/planes.h"
#include "codec/tiled/quantizer.h"
#include "codec/tiled/range_meter.h"
#include "fsc/byte_io.h"
#include "fsc/feature_frame.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"

namespace fsc {
namespace {

constexpr int kGopFrames = 32;

std::vector<LayerSpec> LayersOf(int64_t size) {
  if (size == 0) return {{.name = "layer2", .channels = 128, .height_cells = 45, .width_cells = 60, .stride_px = 8}};
  return {{.name = "p2", .channels = 256, .height_cells = 192, .width_cells = 336, .stride_px = 4},
          {.name = "p3", .channels = 256, .height_cells = 96, .width_cells = 168, .stride_px = 8},
          {.name = "p4", .channels = 256, .height_cells = 48, .width_cells = 84, .stride_px = 16},
          {.name = "p5", .channels = 256, .height_cells = 24, .width_cells = 42, .stride_px = 32}};
}

FeatureFrame ZeroFrame(const std::vector<LayerSpec>& layers) {
  FeatureFrame frame;
  for (const LayerSpec& layer : layers)
    frame.layers.emplace_back(layer.channels, layer.height_cells, layer.width_cells);
  return frame;
}

// Everything that the two directions need, and one frame in each state.
struct Workplace {
  std::vector<LayerSpec> layers;
  FeatureFrame frame;
  TileSyntax tiles;
  std::vector<LayerQuantizer> quantizers;
  Plane<uint16_t> picture;
  QuantizerConfig config;

  Workplace(int64_t size, RangeScope scope, Arrangement arrangement)
      : layers(LayersOf(size)),
        frame(ZeroFrame(layers)),
        tiles{std::move(*TileLayout::Create(layers, {.arrangement = arrangement}, Limits{})),
              std::vector<LayerOrder>(layers.size())} {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (Tensor& tensor : frame.layers) {
      for (float& x : tensor.values()) x = normal(random);
    }
    config = {.levels = 1024, .bits = 10, .scope = scope};
    picture = Plane<uint16_t>(tiles.layout.picture_width_px(), tiles.layout.picture_height_px());
    for (const LayerSpec& layer : layers) quantizers.emplace_back(layer, 1024, LevelRule::kCentre, scope);
    SetRanges();
    QuantizeFrame(tiles, quantizers, frame, picture.view());
  }

  void SetRanges() {
    for (size_t i = 0; i < layers.size(); ++i) {
      const Tensor* const one[] = {&frame.layers[i]};
      if (!quantizers[i].SetRanges(MeasureRanges(one, config), "bench").ok()) std::abort();
    }
  }

  // ns per element from the CPU time of one iteration.
  void Count(benchmark::State& state) const {
    const double elements = double(TotalElements(layers));
    state.counters["ns/el"] = benchmark::Counter(
        elements * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  }
};

void CheckForNan(benchmark::State& state) {
  const Workplace place(state.range(0), RangeScope::kLayer, Arrangement::kTiles);
  for (auto _ : state) benchmark::DoNotOptimize(CheckFrame(place.frame, place.layers, "bench").ok());
  place.Count(state);
}

void MeasureEachFrame(benchmark::State& state) {
  Workplace place(state.range(0), RangeScope(state.range(1)), Arrangement::kTiles);
  place.config.rule = RangeRule(state.range(2));
  for (auto _ : state) place.SetRanges();
  place.Count(state);
}

void Quantize(benchmark::State& state) {
  Workplace place(state.range(0), RangeScope(state.range(1)), Arrangement(state.range(2)));
  for (auto _ : state) {
    QuantizeFrame(place.tiles, place.quantizers, place.frame, place.picture.view());
    benchmark::ClobberMemory();
  }
  place.Count(state);
}

// Into memory that the caller gave back (FeatureDecoder::Recycle).
void Dequantize(benchmark::State& state) {
  Workplace place(state.range(0), RangeScope(state.range(1)), Arrangement(state.range(2)));
  FeatureFrame out = ZeroFrame(place.layers);
  for (auto _ : state) {
    DequantizeFrame(place.tiles, place.quantizers, std::as_const(place.picture).view(), &out);
    benchmark::DoNotOptimize(out.layers[0].values().data());
  }
  place.Count(state);
}

// With the allocation of a frame that is given away for good.
void DequantizeAllocating(benchmark::State& state) {
  Workplace place(state.range(0), RangeScope(state.range(1)), Arrangement(state.range(2)));
  for (auto _ : state) {
    FeatureFrame out = ZeroFrame(place.layers);
    DequantizeFrame(place.tiles, place.quantizers, std::as_const(place.picture).view(), &out);
    benchmark::DoNotOptimize(out.layers[0].values().data());
  }
  place.Count(state);
}

// The whole way of a frame, without libavcodec: NaN check, ranges once in a GOP, quantise, tile, a packet of 0.1 bit
// per element written and read back (with both CRCs), dequantise into recycled memory.
void Summary(benchmark::State& state) {
  Workplace place(state.range(0), RangeScope::kLayer, Arrangement::kTiles);
  StreamHeader header;
  header.layers = place.layers;
  header.mode = "hevc";
  Packet packet;
  packet.random_access = true;
  packet.payload.resize(size_t(TotalElements(place.layers) / 80));
  packet.sections = {{SectionKind::kResidual, -1, packet.payload.size()}};
  int frame_number = 0;
  FeatureFrame out = ZeroFrame(place.layers);
  for (auto _ : state) {
    if (!CheckFrame(place.frame, place.layers, "bench").ok()) std::abort();
    if (frame_number++ % kGopFrames == 0) place.SetRanges();
    QuantizeFrame(place.tiles, place.quantizers, place.frame, place.picture.view());
    std::vector<uint8_t> bytes;
    const auto sink = MemorySink(&bytes);
    auto writer = ContainerWriter::Create(sink.get(), header);
    if (!writer.ok() || !(*writer)->Write(packet).ok()) std::abort();
    const auto source = MemorySource(bytes);
    auto reader = ContainerReader::Open(source.get(), {});
    if (!reader.ok() || !(*reader)->Next().ok()) std::abort();
    DequantizeFrame(place.tiles, place.quantizers, std::as_const(place.picture).view(), &out);
    benchmark::DoNotOptimize(out.layers[0].values().data());
  }
  place.Count(state);
}

BENCHMARK(CheckForNan)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(MeasureEachFrame)
    ->ArgNames({"size", "scope", "rule"})
    ->ArgsProduct({{0, 1}, {0, 1}, {0, 1, 2}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(Quantize)
    ->ArgNames({"size", "scope", "arrangement"})
    ->ArgsProduct({{0, 1}, {0, 1, 2}, {0, 1}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(Dequantize)
    ->ArgNames({"size", "scope", "arrangement"})
    ->ArgsProduct({{0, 1}, {0, 1, 2}, {0, 1}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(DequantizeAllocating)
    ->ArgNames({"size", "scope", "arrangement"})
    ->Args({0, 0, 0})
    ->Args({1, 0, 0})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(Summary)->ArgName("size")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace fsc

BENCHMARK_MAIN();
