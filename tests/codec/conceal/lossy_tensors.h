// lossy_tensors.h: tensors with a structure that repair can use, and maps of what of them arrived.
#ifndef FSC_TESTS_CODEC_CONCEAL_LOSSY_TENSORS_H_
#define FSC_TESTS_CODEC_CONCEAL_LOSSY_TENSORS_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "fsc/arrival_map.h"
#include "fsc/feature_frame.h"

namespace fsc {

// Channels that mix four waves, which drift by a fifth of a cell a frame, around a mean of 2.
inline Tensor DriftingTensor(int channels, int height, int width, int frame, uint32_t scene = 1) {
  std::mt19937 random(scene);
  std::uniform_real_distribution<float> uniform(-1, 1);
  struct Wave {
    float x, y, phase;
  };
  Wave waves[4];
  for (Wave& wave : waves) wave = {0.7F * uniform(random), 0.7F * uniform(random), 6 * uniform(random)};
  Tensor tensor(channels, height, width);
  for (int c = 0; c < channels; ++c) {
    float mix[4];
    for (float& part : mix) part = uniform(random);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        float value = 2;
        for (int w = 0; w < 4; ++w) {
          value +=
              mix[w] * std::sin(waves[w].x * (float(x) + 0.2F * float(frame)) + waves[w].y * float(y) + waves[w].phase);
        }
        tensor.plane(c)[size_t(y) * size_t(width) + size_t(x)] = value + 0.02F * uniform(random);
      }
    }
  }
  return tensor;
}

// Packets of `rows` rows, each lost with the same probability.
inline ArrivalMap RandomMap(int channels, int height, int rows, double loss, uint32_t seed) {
  std::mt19937 random(seed);
  ArrivalMap map(channels, height);
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < height; y += rows) {
      if (double(random()) / 4294967296.0 < loss) map.Lose(c, y, std::min(rows, height - y));
    }
  }
  return map;
}

// Lost rows hold what nobody may read.
inline void Damage(const ArrivalMap& map, Tensor* tensor) {
  const size_t width = size_t(tensor->width_cells());
  for (int c = 0; c < map.channels(); ++c) {
    for (int y = 0; y < map.rows(); ++y) {
      if (map.arrived(c, y)) continue;
      for (float& value : tensor->plane(c).subspan(size_t(y) * width, width)) {
        value = std::numeric_limits<float>::quiet_NaN();
      }
    }
  }
}

}  // namespace fsc

#endif  // FSC_TESTS_CODEC_CONCEAL_LOSSY_TENSORS_H_
