// image.h: an 8-bit colour picture: what a video source gives and what a network's preprocessing takes.
#ifndef FSC_CORE_IMAGE_H_
#define FSC_CORE_IMAGE_H_

#include <cstdint>
#include <vector>

namespace fsc {

// Interleaved B, G, R, 8 bits each, full range, rows top to bottom without padding: OpenCV's order.
struct Image {
  int width_px = 0;
  int height_px = 0;
  std::vector<uint8_t> bgr;  // 3 * width_px * height_px
};

}  // namespace fsc

#endif  // FSC_CORE_IMAGE_H_
