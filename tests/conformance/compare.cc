#include "compare.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "codec/profile/stream_profile.h"
#include "fsc/decoder.h"
#include "planes_only.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"
#include "streams/digest.h"

namespace fsc::conformance {

namespace {

std::string Numbered(const plain::Frame& frame) {
  return "frame " + std::to_string(frame.number);
}

// The first difference between two outputs; empty where there is none.
std::string DifferenceOfValues(const DecodedFrame& ours, const plain::Frame& theirs, double tolerance) {
  if (theirs.number != ours.frame_number || theirs.timestamp_ticks != ours.frame.timestamp_ticks) {
    return Numbered(theirs) + " has another number or time: " + std::to_string(ours.frame_number);
  }
  for (size_t i = 0; i < theirs.layers.size(); ++i) {
    const std::span<const float> a = ours.frame.layers[i].values();
    const std::span<const float> b = theirs.layers[i].values();
    double largest = 0;
    for (const float value : a) largest = std::max(largest, std::abs(double{value}));
    for (size_t j = 0; j < a.size(); ++j) {
      if (std::abs(double{a[j]} - b[j]) <= tolerance * largest) continue;
      std::ostringstream text;
      text << Numbered(theirs) << ", layer " << i << ", value " << j << " of " << a.size() << ": " << a[j]
           << " against " << b[j];
      return text.str();
    }
  }
  return "";
}

// The first difference between the planes of two frames; empty where there is none. `ours`: of PlanesOnly().
std::string DifferenceOfPlanes(const FeatureFrame& ours, const plain::Frame& theirs, int64_t* compared) {
  for (size_t i = 0; i < theirs.planes.size(); ++i) {
    for (size_t k = 0; k < theirs.planes[i].size(); ++k) {
      const std::span<const float> a = ours.layers[i].plane(int(k));
      const std::vector<int16_t>& b = theirs.planes[i][k].samples();
      *compared += int64_t(b.size());
      for (size_t j = 0; j < b.size(); ++j) {
        if (a[j] == float(b[j])) continue;
        std::ostringstream text;
        text << Numbered(theirs) << ", layer " << i << ", plane " << k << ", sample " << j << ": " << a[j]
             << " against " << b[j];
        return text.str();
      }
    }
  }
  return "";
}

struct LibraryFrames {
  std::vector<DecodedFrame> frames;
  std::string error;  // after the frames
};

LibraryFrames DecodeWithLibrary(std::span<const uint8_t> stream) {
  LibraryFrames result;
  const auto source = MemorySource(stream);
  const Result<std::unique_ptr<FeatureDecoder>> decoder = FeatureDecoder::Open(source.get());
  if (!decoder.ok()) result.error = decoder.error().OneLine();
  while (decoder.ok()) {
    Result<std::optional<DecodedFrame>> next = (*decoder)->Next();
    if (!next.ok()) result.error = next.error().OneLine();
    if (!next.ok() || !next->has_value()) break;
    result.frames.push_back(std::move(**next));
  }
  return result;
}

// The stream as the mode made it, of the reduced layers; nothing for a stream without a profile, or that cannot be
// read.
Result<std::vector<uint8_t>> WithoutProfile(std::span<const uint8_t> stream) {
  const auto source = MemorySource(stream);
  FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source.get(), {}));
  StreamHeader header = reader->header();
  if (header.profile.empty()) return std::vector<uint8_t>();
  FSC_ASSIGN_OR_RETURN(header.layers, CodedLayers(header, Limits{}));
  header.profile.clear();
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  FSC_ASSIGN_OR_RETURN(const auto writer, ContainerWriter::Create(sink.get(), header));
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const std::optional<Packet> packet, reader->Next());
    if (!packet) break;
    FSC_RETURN_IF_ERROR(writer->Write(*packet));
  }
  FSC_RETURN_IF_ERROR(writer->Finish());
  return bytes;
}

std::string Ending(size_t frames, const std::string& error) {
  return std::to_string(frames) + " frames, then " + (error.empty() ? "the end" : error);
}

}  // namespace

Comparison Compare(std::span<const uint8_t> stream, double tolerance) {
  const Result<std::vector<uint8_t>> without_profile = WithoutProfile(stream);
  if (without_profile.ok() && !without_profile->empty()) return Compare(*without_profile, tolerance);
  Comparison result;
  const auto differ = [&](const std::string& text) {
    if (result.difference.empty()) result.difference = text;
  };

  const auto source = MemorySource(stream);
  plain::Decoded plain = plain::Decode(source.get());
  if (!plain.status.ok()) result.plain_error = plain.status.error().OneLine();
  LibraryFrames library = DecodeWithLibrary(stream);
  result.library_error = library.error;
  result.damaged = !library.error.empty() && !result.plain_error.empty();

  if (library.frames.size() != plain.frames.size() || library.error.empty() != result.plain_error.empty()) {
    differ(Ending(library.frames.size(), library.error) + "; against " +
           Ending(plain.frames.size(), result.plain_error));
  } else if (const Result<std::vector<uint8_t>> planes_only = PlanesOnly(stream); planes_only.ok()) {
    const LibraryFrames planes = DecodeWithLibrary(*planes_only);
    // By number: where the damage was in a table, more frames come out here; fewer where the number of planes changes.
    for (const plain::Frame& frame : plain.frames) {
      const auto twin = std::find_if(planes.frames.begin(), planes.frames.end(),
                                     [&](const DecodedFrame& f) { return f.frame_number == frame.number; });
      if (twin == planes.frames.end()) {
        if (planes.error.empty()) continue;
        differ(Numbered(frame) + " has no planes: " + planes.error);
      } else {
        differ(DifferenceOfPlanes(twin->frame, frame, &result.samples));
      }
    }
  }
  for (size_t i = 0; i < std::min(library.frames.size(), plain.frames.size()); ++i) {
    differ(DifferenceOfValues(library.frames[i], plain.frames[i], tolerance));
    for (const Tensor& layer : library.frames[i].frame.layers) result.values += int64_t(layer.size());
  }
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
