// Speed of decoding whole streams from memory, of any mode: those that FSC_BENCH_STREAM names, separated by colons.
// Each is decoded once before it is measured, so that memory is there. Rates: elements a second as `items`, of the
// wall's time; `threads` is what the decoder may use.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/decoder.h"

namespace fsc {
namespace {

Result<std::vector<uint8_t>> ReadAll(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(const auto source, OpenSource(path));
  std::vector<uint8_t> bytes;
  std::vector<uint8_t> part(1 << 20);
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const size_t count, source->Read(part));
    if (count == 0) return bytes;
    bytes.insert(bytes.end(), part.begin(), part.begin() + ptrdiff_t(count));
  }
}

// Elements of all frames, which go back to the decoder as they come.
Result<int64_t> DecodeAll(FeatureDecoder* decoder) {
  FSC_RETURN_IF_ERROR(decoder->SeekToFrame(0));
  int64_t elements = 0;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(auto frame, decoder->Next());
    if (!frame) return elements;
    for (const Tensor& tensor : frame->frame.layers) elements += int64_t(tensor.values().size());
    decoder->Recycle(std::move(*frame));
  }
}

void BM_DecodeStream(benchmark::State& state, const std::vector<uint8_t>& bytes, int threads) {
  const auto source = MemorySource(bytes);
  DecoderOptions options;
  options.threads = threads;
  const auto decoder = FeatureDecoder::Open(source.get(), options);
  if (!decoder.ok() || !DecodeAll(decoder->get()).ok()) {
    state.SkipWithError("the stream cannot be decoded");
    return;
  }
  int64_t elements = 0;
  for (auto _ : state) elements += *DecodeAll(decoder->get());
  state.SetItemsProcessed(elements);
}

// False where a stream cannot be read.
bool AddStreams() {
  const char* paths = std::getenv("FSC_BENCH_STREAM");
  std::istringstream rest(paths != nullptr ? paths : "");
  for (std::string path; std::getline(rest, path, ':');) {
    auto read = ReadAll(path);
    if (!read.ok()) {
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      return false;
    }
    const auto bytes = std::make_shared<const std::vector<uint8_t>>(std::move(*read));
    for (const int threads : {1, 2}) {
      const std::string name = "DecodeStream/" + path.substr(path.rfind('/') + 1) + "/threads:";
      benchmark::RegisterBenchmark(
          (name + std::to_string(threads)).c_str(),
          [bytes, threads](benchmark::State& state) { BM_DecodeStream(state, *bytes, threads); })
          ->Unit(benchmark::kMillisecond)
          ->MeasureProcessCPUTime()
          ->UseRealTime();
    }
  }
  return true;
}

}  // namespace
}  // namespace fsc

int main(int argc, char** argv) {
  if (!fsc::AddStreams()) return 1;
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
