// hand_stream.h: latent streams of one cell, written by hand: every field can have any value.
#ifndef FSC_CONFORMANCE_HAND_STREAM_H_
#define FSC_CONFORMANCE_HAND_STREAM_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "compare.h"

namespace fsc::conformance {

// The highest code that there is: each bit of a model is a zero, so no motion and no levels.
inline const std::vector<uint8_t> kNothing = {255, 255, 255, 254, 255, 255, 255, 255,
                                              255, 255, 255, 255, 255, 255, 255, 255};
// Anything, and more than is read.
inline const std::vector<uint8_t> kPlenty(2000, 0x55);

struct LayerFields {
  int channels = 1;
  int groups = 1;
  uint64_t planes = 0;
  float unit = 1;
  int deviation = 4;
  float mean_unit = 1;
  std::vector<int> means = {0};
  std::vector<int> scales = {0};
  std::vector<int> precisions;
};

// `planes`: 0 = as many as channels, the identity.
LayerFields LayerOf(int channels, int groups, int planes);

struct ConfigFields {
  int version = 2;
  int flags = 0;
  uint64_t width = 16;
  uint64_t height = 16;
  uint64_t unit = 1;
  LayerFields layer = {};
  int surplus = 0;  // bytes behind it
};

struct FrameFields {
  int number = 0;
  std::vector<int64_t> references = {};  // relative, as in the stream
  std::vector<int64_t> dropped = {};
  bool stored = true;
  std::optional<int> frame_class = {};
  std::optional<bool> random_access = {};
  int qp = 30;
  std::optional<std::array<int, 2>> recentre = {};
  std::vector<uint8_t> outputs = {};
  std::vector<uint8_t> escapes = {};  // with them bit 6 of the qp
  std::vector<uint8_t> motion = kNothing;
  int surplus = 0;  // bytes behind the side information
};

// Both decoders on a stream of these.
Comparison CompareStream(const ConfigFields& config, const std::vector<FrameFields>& frames);

}  // namespace fsc::conformance

#endif  // FSC_CONFORMANCE_HAND_STREAM_H_
