// compare.h: decodes a stream with the library and with the plain decoder, and compares.
#ifndef FSC_CONFORMANCE_COMPARE_H_
#define FSC_CONFORMANCE_COMPARE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plain_decoder.h"

namespace fsc::conformance {

struct Comparison {
  std::string difference;  // empty where the decoders agree; else where and how they differ first
  int64_t values = 0;      // of the output, compared
  int64_t samples = 0;     // of planes, compared
  std::vector<plain::Frame> frames;
  bool damaged = false;       // both say so, after the same frames
  std::string library_error;  // when damaged
  std::string plain_error;
};

// Numbers, times and values of all frames, and whether the stream ends in an error. Planes must be the same (the
// library gives them for PlanesOnly(stream)). The output is in floating point: a value may differ by `tolerance` of the
// largest magnitude of its tensor. Of a stream with a profile, what the mode gives: the reduced layers.
Comparison Compare(std::span<const uint8_t> stream, double tolerance = 1e-6);

// MD5 of the planes of all frames: 16 bits each, low byte first; frame by frame in display order, layer, plane, row.
std::string DigestOfPlanes(const std::vector<plain::Frame>& frames);

}  // namespace fsc::conformance

#endif  // FSC_CONFORMANCE_COMPARE_H_
