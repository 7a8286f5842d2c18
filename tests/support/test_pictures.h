// test_pictures.h: pictures that behave like tiled feature channels: smooth blobs in a mosaic, moving, with a little
// noise.
#ifndef FSC_TESTS_SUPPORT_TEST_PICTURES_H_
#define FSC_TESTS_SUPPORT_TEST_PICTURES_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "fsc/plane.h"

namespace fsc {

// The modes that reproduce every sample.
inline bool IsLosslessMode(const std::string& mode) {
  return mode == "ffv1" || mode == "png" || mode == "ffvhuff";
}

// A mosaic of tiles of `tile_px`, each with its own pattern that moves by a third of a sample a frame.
inline Plane<uint16_t> MosaicPicture(int width, int height, int bits, int frame, int tile_px = 32) {
  Plane<uint16_t> plane(width, height);
  const double top = (1 << bits) - 1;
  uint32_t noise = 12345u + uint32_t(frame) * 7919u;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int tile = (y / tile_px) * 131 + x / tile_px;
      const double u = x % tile_px + frame * 0.33;
      const double v = y % tile_px;
      const double a = 0.15 + 0.05 * (tile % 7);
      const double b = 0.10 + 0.04 * (tile % 5);
      noise = noise * 1664525u + 1013904223u;
      const double grain = ((noise >> 16) / 65535.0 - 0.5) * 0.03;
      const double value = 0.5 + 0.35 * std::sin(a * u + tile) * std::cos(b * v + 0.3 * tile) + grain;
      plane.row(y)[x] = uint16_t(std::clamp(value, 0.0, 1.0) * top + 0.5);
    }
  }
  return plane;
}

inline std::vector<Plane<uint16_t>> MosaicClip(int width, int height, int bits, int frames) {
  std::vector<Plane<uint16_t>> clip;
  for (int frame = 0; frame < frames; ++frame) clip.push_back(MosaicPicture(width, height, bits, frame));
  return clip;
}

}  // namespace fsc

#endif  // FSC_TESTS_SUPPORT_TEST_PICTURES_H_
