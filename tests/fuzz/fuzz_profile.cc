// Any bytes as a profile, and as a stream's profile: read; where they hold, apply to a small frame, and write again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "codec/profile/parts.h"
#include "codec/profile/stream_profile.h"
#include "codec/profile/transform.h"
#include "core/crc32c.h"

namespace fsc {
namespace {

constexpr int64_t kMostWork = 1 << 16;  // weights of what is also run

void Require(bool condition) {
  if (!condition) std::abort();
}

int64_t Weights(std::span<const ReducedPart> parts) {
  int64_t weights = 0;
  for (const ReducedPart& part : parts) weights += WeightCount(part.reducer) + WeightCount(part.restorer);
  return weights;
}

FeatureFrame FrameOf(std::span<const LayerSpec> layers) {
  FeatureFrame frame;
  for (const LayerSpec& layer : layers) {
    frame.layers.emplace_back(layer.channels, layer.height_cells, layer.width_cells);
    for (float& value : frame.layers.back().values()) value = 0.5f;
  }
  return frame;
}

void TryProfile(std::span<const uint8_t> bytes) {
  const auto profile = ReadProfile(bytes, Limits{}, "fuzz");
  if (!profile.ok()) return;
  (void)QpForDrop(*profile, "latent", "", 1);
  std::vector<LayerSpec> layers = profile->layers;
  for (LayerSpec& layer : layers) layer.height_cells = layer.width_cells = 3;
  Require(CheckProfileFits(*profile, "", {}, layers).ok());
  const auto reduced = ReducedLayers(profile->parts, layers, Limits{});
  if (!reduced.ok() || Weights(profile->parts) > kMostWork) return;
  const FeatureFrame frame = ReduceFrame(profile->parts, FrameOf(layers), nullptr);
  const FeatureFrame back = RestoreFrame(profile->parts, layers, frame, nullptr);
  Require(back.layers.size() == layers.size());
  // What was read can be written, and read again; so can the stream's forms of it.
  const auto again = WriteProfile(*profile);
  Require(again.ok() && ReadProfile(*again, Limits{}, "again").ok());
  for (const bool by_hash : {false, true}) {
    const auto own = ReadStreamProfile(WriteStreamProfile(*profile, by_hash), "stream");
    Require(own.ok() && own->sha256 == profile->decoder_sha256 && own->shapes == ShapesOf(profile->parts));
  }
}

void TryStream(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  StreamHeader header;
  header.layers = {{"a", 4, 5, 3, 8, 0}, {"b", 6, 3, 2, 16, 0}};
  header.profile.assign(bytes.begin(), bytes.end());
  const auto coded = CodedLayers(header, Limits{});
  const auto parts = RestoringParts(header, nullptr, Limits{});
  if (!parts.ok() || Weights(*parts) > kMostWork) return;
  Require(coded.ok());
  const FeatureFrame back = RestoreFrame(*parts, header.layers, FrameOf(*coded), nullptr);
  Require(back.layers.size() == header.layers.size());
}

}  // namespace
}  // namespace fsc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<uint8_t> bytes(data, data + size);
  fsc::TryProfile(bytes);
  fsc::TryStream(bytes);
  if (size < 13) return 0;
  // Behind the checksum.
  const uint32_t crc = fsc::Crc32c(std::span(bytes).first(size - 4));
  for (size_t i = 0; i < 4; ++i) bytes[size - 4 + i] = uint8_t(crc >> (8 * i));
  fsc::TryProfile(bytes);
  return 0;
}
