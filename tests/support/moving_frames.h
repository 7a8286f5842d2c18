// moving_frames.h: frames of synthetic features that move, for the tests of coding. One loop fills them; what moves is
// a function of the cell.
#ifndef FSC_TESTS_SUPPORT_MOVING_FRAMES_H_
#define FSC_TESTS_SUPPORT_MOVING_FRAMES_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/plane.h"

namespace fsc {

// value(layer, channel, y, x) is asked in the order of memory, so that it may draw random numbers.
template <class Value>
FeatureFrame MakeFrame(const std::vector<LayerSpec>& layers, int64_t timestamp_ticks, Value value) {
  FeatureFrame frame;
  frame.timestamp_ticks = timestamp_ticks;
  for (const LayerSpec& layer : layers) {
    Tensor tensor(layer.channels, layer.height_cells, layer.width_cells);
    for (int c = 0; c < layer.channels; ++c) {
      float* next = tensor.plane(c).data();
      for (int y = 0; y < layer.height_cells; ++y) {
        for (int x = 0; x < layer.width_cells; ++x) *next++ = float(value(layer, c, y, x));
      }
    }
    frame.layers.push_back(std::move(tensor));
  }
  return frame;
}

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
  std::mt19937 random(unsigned(frame_number) + 17);
  std::normal_distribution<float> noise(0, 0.02f);
  return MakeFrame(layers, 1000 + 3 * frame_number, [&](const LayerSpec&, int c, int y, int x) {
    const float shift = float(frame_number) * 0.4f;
    const float wave =
        std::sin((float(x) + shift) * (0.2f + 0.03f * float(c % 7))) * std::cos(float(y) * 0.25f + float(c));
    return (1 + 0.02f * float(frame_number)) * wave + 0.3f * float(c % 5) + noise(random);
  });
}

struct Clip {
  std::vector<LayerSpec> layers;
  std::vector<FeatureFrame> frames;
  std::vector<Plane<uint8_t>> luma;  // empty without a video
};

// A pattern that moves by (2, 1) input pixels a frame, in every layer, and in the luma.
inline Clip MakeClip(std::vector<LayerSpec> layers, int frames, bool with_luma, uint32_t seed) {
  Clip clip;
  clip.layers = std::move(layers);
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0, 0.02f);
  int width_px = 16;
  int height_px = 16;
  for (const LayerSpec& layer : clip.layers) {
    width_px = std::max(width_px, layer.width_cells * layer.stride_px);
    height_px = std::max(height_px, layer.height_cells * layer.stride_px);
  }
  for (int t = 0; t < frames; ++t) {
    clip.frames.push_back(MakeFrame(clip.layers, 100 + 3 * t, [&](const LayerSpec& layer, int c, int y, int x) {
      const float px = float(x * layer.stride_px - 2 * t);
      const float py = float(y * layer.stride_px - t);
      return std::max(0.0f, std::sin(px * 0.05f + 0.7f * c) * std::cos(py * 0.04f + 0.3f * c) + noise(random)) *
             (1 + c % 3);
    }));
    if (!with_luma) continue;
    Plane<uint8_t> luma(width_px, height_px);
    for (int y = 0; y < height_px; ++y) {
      for (int x = 0; x < width_px; ++x) {
        luma.row(y)[x] = uint8_t(128 + 100 * std::sin((x - 2 * t) * 0.05f) * std::cos((y - t) * 0.04f));
      }
    }
    clip.luma.push_back(std::move(luma));
  }
  return clip;
}

}  // namespace fsc

#endif  // FSC_TESTS_SUPPORT_MOVING_FRAMES_H_
