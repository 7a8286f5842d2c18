// Any bytes as a stream of the latent mode, checksums made right: every frame that comes out is whole, and a second
// pass that begins with a seek gives the same frame.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "fsc/decoder.h"
#include "tests/fuzz/reseal.h"

namespace fsc {
namespace {

constexpr int kMostFrames = 24;

void Require(bool condition) {
  if (!condition) std::abort();
}

Limits SmallLimits() {
  Limits limits;
  limits.max_channels = 256;
  limits.max_frame_elements = 1 << 16;
  limits.max_packet_bytes = 1 << 20;
  limits.max_index_entries = 1 << 10;
  return limits;
}

bool SameFrame(const FeatureFrame& a, const FeatureFrame& b) {
  if (a.layers.size() != b.layers.size()) return false;
  for (size_t i = 0; i < a.layers.size(); ++i) {
    const auto left = a.layers[i].values(), right = b.layers[i].values();
    if (left.size() != right.size() || std::memcmp(left.data(), right.data(), left.size_bytes()) != 0) return false;
  }
  return true;
}

void Try(std::span<const uint8_t> bytes) {
  const auto source = MemorySource(bytes);
  auto decoder = FeatureDecoder::Open(source.get(), {.limits = SmallLimits()});
  if (!decoder.ok() || (*decoder)->header().mode != "latent") return;
  std::vector<DecodedFrame> frames;
  while (frames.size() < kMostFrames) {
    auto frame = (*decoder)->Next();
    if (!frame.ok() || !frame->has_value()) break;
    Require(CheckFrame((*frame)->frame, (*decoder)->header().layers, "decoded").ok());
    frames.push_back(std::move(**frame));
  }
  if (frames.empty()) return;
  const DecodedFrame& wanted = frames[frames.size() / 2];
  const auto again = MemorySource(bytes);
  auto seeking = FeatureDecoder::Open(again.get(), {.limits = SmallLimits()});
  Require(seeking.ok());
  if (!(*seeking)->SeekToFrame(wanted.frame_number).ok()) return;  // a damaged packet may hide where to begin
  auto frame = (*seeking)->Next();
  if (!frame.ok() || !frame->has_value() || (*frame)->frame_number != wanted.frame_number) return;
  Require(SameFrame((*frame)->frame, wanted.frame));
}

}  // namespace
}  // namespace fsc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fsc::Try(fsc::Resealed({data, data + size}));
  return 0;
}
