#include "compare.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "codec/decoder.h"
#include "streams/digest.h"

namespace fsc::conformance {

namespace {

// The first difference between two frames; empty where there is none.
std::string DifferenceOf(const DecodedFrame& ours, const plain::Frame& theirs) {
  std::ostringstream text;
  text << "frame " << ours.frame_number;
  if (theirs.number != ours.frame_number || theirs.timestamp_ticks != ours.frame.timestamp_ticks) {
    text << " has another number or time: " << theirs.number;
    return text.str();
  }
  for (size_t i = 0; i < theirs.layers.size(); ++i) {
    const std::span<const float> a = ours.frame.layers[i].values();
    const std::span<const float> b = theirs.layers[i].values();
    double largest = 0;
    for (const float value : a) largest = std::max(largest, std::abs(double{value}));
    for (size_t j = 0; j < a.size(); ++j) {
      if (std::abs(double{a[j]} - b[j]) <= 1e-6 * largest) continue;
      text << ", layer " << i << ", value " << j << " of " << a.size() << ": " << a[j] << " against " << b[j];
      return text.str();
    }
  }
  return "";
}

}  // namespace

Comparison Compare(std::span<const uint8_t> stream) {
  Comparison result;
  const auto differ = [&](const std::string& text) {
    if (result.difference.empty()) result.difference = text;
  };

  const auto plain_source = MemorySource(stream);
  plain::Decoded plain = plain::Decode(plain_source.get());
  if (!plain.status.ok()) result.plain_error = plain.status.error().OneLine();

  const auto source = MemorySource(stream);
  Result<std::unique_ptr<FeatureDecoder>> decoder = FeatureDecoder::Open(source.get());
  if (!decoder.ok()) result.library_error = decoder.error().OneLine();
  size_t count = 0;
  while (decoder.ok()) {
    Result<std::optional<DecodedFrame>> next = (*decoder)->Next();
    if (!next.ok()) {
      result.library_error = next.error().OneLine();
      break;
    }
    if (!next->has_value()) break;
    if (count < plain.frames.size()) {
      differ(DifferenceOf(**next, plain.frames[count]));
      for (const Tensor& layer : (*next)->frame.layers) result.values += int64_t(layer.size());
    }
    ++count;
  }
  if (count != plain.frames.size() || result.library_error.empty() != result.plain_error.empty()) {
    std::ostringstream text;
    text << count << " frames, " << (result.library_error.empty() ? "then the end" : result.library_error)
         << "; against " << plain.frames.size() << " frames, "
         << (result.plain_error.empty() ? "then the end" : result.plain_error);
    differ(text.str());
  }
  result.damaged = !result.library_error.empty() && !result.plain_error.empty();
  result.frames = std::move(plain.frames);
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
