#include "compare.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "codec/decoder.h"
#include "streams/digest.h"

namespace fsc::conformance {

Comparison Compare(std::span<const uint8_t> stream) {
  Comparison result;
  const auto differ = [&](const std::string& text) {
    if (result.difference.empty()) result.difference = text;
  };

  const auto plain_source = MemorySource(stream);
  Result<std::vector<plain::Frame>> plain = plain::Decode(plain_source.get());
  if (!plain.ok()) {
    differ("plain decoder: " + plain.error().OneLine());
    return result;
  }
  const auto source = MemorySource(stream);
  const auto decoder = FeatureDecoder::Open(source.get());
  if (!decoder.ok()) {
    differ("library: " + decoder.error().OneLine());
    return result;
  }
  size_t count = 0;
  for (;; ++count) {
    Result<std::optional<DecodedFrame>> next = (*decoder)->Next();
    if (!next.ok()) {
      differ("library: " + next.error().OneLine());
      break;
    }
    if (!next->has_value()) break;
    const DecodedFrame& frame = **next;
    if (count >= plain->size()) continue;
    const plain::Frame& twin = (*plain)[count];
    if (twin.number != frame.frame_number || twin.timestamp_ticks != frame.frame.timestamp_ticks) {
      differ("frame " + std::to_string(frame.frame_number) + " has another number or time");
    }
    for (size_t i = 0; i < twin.layers.size(); ++i) {
      const std::span<const float> ours = frame.frame.layers[i].values();
      const std::span<const float> theirs = twin.layers[i].values();
      double largest = 0;
      for (const float value : ours) largest = std::max(largest, std::abs(double{value}));
      for (size_t j = 0; j < ours.size(); ++j) {
        ++result.values;
        if (std::abs(double{ours[j]} - theirs[j]) <= 1e-6 * largest) continue;
        std::ostringstream text;
        text << "frame " << frame.frame_number << ", layer " << i << ", value " << j << " of " << ours.size() << ": "
             << ours[j] << " against " << theirs[j];
        differ(text.str());
      }
    }
  }
  if (count != plain->size()) {
    differ(std::to_string(count) + " frames against " + std::to_string(plain->size()));
  }
  result.frames = std::move(*plain);
  return result;
}

std::string DigestOfPlanes(const std::vector<plain::Frame>& frames) {
  Md5Digest digest;
  for (const plain::Frame& frame : frames) {
    for (const std::vector<Plane<int16_t>>& layer : frame.planes) {
      for (const Plane<int16_t>& plane : layer) {
        std::vector<uint8_t> bytes;
        for (const int16_t sample : plane.samples()) {
          bytes.push_back(uint8_t(uint16_t(sample)));
          bytes.push_back(uint8_t(uint16_t(sample) >> 8));
        }
        digest.Update(bytes);
      }
    }
  }
  const Result<Md5> md5 = digest.Finish();
  return md5.ok() ? HexText(*md5) : md5.error().OneLine();
}

}  // namespace fsc::conformance
