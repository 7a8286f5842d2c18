// tiled_fixture.h: streams of moving frames in memory, through the public encoder and decoder.
#ifndef FSC_TESTS_SUPPORT_TILED_FIXTURE_H_
#define FSC_TESTS_SUPPORT_TILED_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fsc/decoder.h"
#include "fsc/encoder.h"
#include "streams/picture_codec.h"
#include "tests/support/moving_frames.h"

namespace fsc {

inline bool HasMode(const std::string& mode) {
  const std::vector<std::string> modes = AvailablePictureModes();
  return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

#define SKIP_WITHOUT(mode) \
  if (!HasMode(mode))      \
  GTEST_SKIP() << "needs " << (mode) << ": build with -DFSC_WITH_FFMPEG=ON and a libavcodec that has it"

inline StreamInfo InfoOf(const std::vector<LayerSpec>& layers) {
  StreamInfo info;
  info.layers = layers;
  info.time_base = {1, 75};
  info.frame_rate = {25, 1};
  return info;
}

inline std::vector<uint8_t> Encode(const EncoderConfig& config, const std::vector<LayerSpec>& layers, int frames) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto encoder = FeatureEncoder::Create(config, InfoOf(layers), sink.get());
  EXPECT_TRUE(encoder.ok()) << encoder.error().OneLine();
  if (!encoder.ok()) return {};
  for (int t = 0; t < frames; ++t) {
    const Status status = (*encoder)->Push(MovingFrame(layers, t));
    EXPECT_TRUE(status.ok()) << status.error().OneLine();
  }
  const Status status = (*encoder)->Finish();
  EXPECT_TRUE(status.ok()) << status.error().OneLine();
  EXPECT_EQ((*encoder)->bytes_written(), bytes.size());
  return bytes;
}

// What comes out before the end or the first error, and that error.
struct Decoded {
  std::vector<DecodedFrame> frames;
  Status status;
};

inline Decoded Decode(std::span<const uint8_t> bytes, int64_t first_frame = 0, int threads = 1) {
  Decoded result;
  const auto source = MemorySource(bytes);
  auto decoder = FeatureDecoder::Open(source.get(), {.threads = threads});
  if (!decoder.ok()) {
    result.status = decoder.TakeStatus();
    return result;
  }
  if (first_frame > 0) result.status = (*decoder)->SeekToFrame(first_frame);
  while (result.status.ok()) {
    auto next = (*decoder)->Next();
    if (!next.ok()) {
      result.status = next.TakeStatus();
    } else if (next->has_value()) {
      result.frames.push_back(std::move(**next));
    } else {
      break;
    }
  }
  return result;
}

inline void ExpectSameValues(const FeatureFrame& a, const FeatureFrame& b) {
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (size_t i = 0; i < a.layers.size(); ++i) {
    ASSERT_EQ(a.layers[i].size(), b.layers[i].size());
    for (size_t k = 0; k < a.layers[i].size(); ++k) ASSERT_EQ(a.layers[i].values()[k], b.layers[i].values()[k]);
  }
}

inline double SignalToNoiseDb(const FeatureFrame& reference, const FeatureFrame& test) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < reference.layers.size(); ++i) {
    for (size_t k = 0; k < reference.layers[i].size(); ++k) {
      const double x = reference.layers[i].values()[k], y = test.layers[i].values()[k];
      signal += x * x;
      noise += (x - y) * (x - y);
    }
  }
  return 10 * std::log10(signal / noise);
}

}  // namespace fsc

#endif  // FSC_TESTS_SUPPORT_TILED_FIXTURE_H_
