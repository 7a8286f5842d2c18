// luma.h: the grey picture that motion is estimated on.
#ifndef FSC_CORE_LUMA_H_
#define FSC_CORE_LUMA_H_

#include "core/image.h"
#include "fsc/plane.h"

namespace fsc {

// BT.601 full range, rounded: (19595 R + 38470 G + 7471 B + 32768) >> 16. Integer, so the same everywhere.
Plane<uint8_t> LumaOf(const Image& image);

}  // namespace fsc

#endif  // FSC_CORE_LUMA_H_
