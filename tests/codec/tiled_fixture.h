// tiled_fixture.h: feature frames that move, and streams of them in memory, for the tests of the tiled modes.
#ifndef FSC_TESTS_CODEC_TILED_FIXTURE_H_
#define FSC_TESTS_CODEC_TILED_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fsc/decoder.h"
#include "fsc/encoder.h"
#include "streams/picture_codec.h"

namespace fsc {

inline std::vector<LayerSpec> OneLayer(int channels = 12, int height_cells = 18, int width_cells = 22) {
  return {{.name = "features",
           .channels = channels,
           .height_cells = height_cells,
           .width_cells = width_cells,
           .stride_px = 8}};
}

inline std::vector<LayerSpec> ThreeLayers() {
  return {{.name = "p3", .channels = 10, .height_cells = 24, .width_cells = 32, .stride_px = 8},
          {.name = "p4", .channels = 17, .height_cells = 12, .width_cells = 16, .stride_px = 16},
          {.name = "p5", .channels = 5, .height_cells = 6, .width_cells = 8, .stride_px = 32}};
}

// Smooth patterns that differ from channel to channel and drift from frame to frame, with a little noise; the amplitude
// grows with time, so that ranges measured on one frame do not fit another.
inline FeatureFrame MovingFrame(const std::vector<LayerSpec>& layers, int64_t frame_number) {
  FeatureFrame frame;
  frame.timestamp_ticks = 1000 + 3 * frame_number;
  std::mt19937 random(unsigned(frame_number) + 17);
  std::normal_distribution<float> noise(0, 0.02f);
  for (const LayerSpec& layer : layers) {
    Tensor tensor(layer.channels, layer.height_cells, layer.width_cells);
    for (int c = 0; c < layer.channels; ++c) {
      const auto plane = tensor.plane(c);
      for (int y = 0; y < layer.height_cells; ++y) {
        for (int x = 0; x < layer.width_cells; ++x) {
          const float shift = float(frame_number) * 0.4f;
          const float wave =
              std::sin((float(x) + shift) * (0.2f + 0.03f * float(c % 7))) * std::cos(float(y) * 0.25f + float(c));
          plane[size_t(y) * layer.width_cells + x] =
              (1 + 0.02f * float(frame_number)) * wave + 0.3f * float(c % 5) + noise(random);
        }
      }
    }
    frame.layers.push_back(std::move(tensor));
  }
  return frame;
}

inline bool HasMode(const std::string& mode) {
  const std::vector<std::string> modes = AvailablePictureModes();
  return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

#define SKIP_WITHOUT(mode) \
  if (!HasMode(mode)) GTEST_SKIP() << "this build has no " << (mode)

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

#endif  // FSC_TESTS_CODEC_TILED_FIXTURE_H_
