#include "core/luma.h"

namespace fsc {

Plane<uint8_t> LumaOf(const Image& image) {
  Plane<uint8_t> luma(image.width_px, image.height_px);
  const uint8_t* bgr = image.bgr.data();
  for (uint8_t& sample : luma.samples()) {
    sample = uint8_t((19595u * bgr[2] + 38470u * bgr[1] + 7471u * bgr[0] + 32768u) >> 16);
    bgr += 3;
  }
  return luma;
}

}  // namespace fsc
