// local_contrast.h: brings every part of a picture to about the same contrast before motion is searched. A network's
// first layers answer to structure, faint or strong, nearly alike, and a sum of differences on the bare luma sees only
// the strong. Encoder only.
#ifndef FSC_MOTION_LOCAL_CONTRAST_H_
#define FSC_MOTION_LOCAL_CONTRAST_H_

#include <cstdint>

#include "fsc/plane.h"

namespace fsc {

// 128 + 48 (v - mean) / (deviation + 24), rounded and clipped, with mean and standard deviation over about 40 x 40 px
// around (5 x 5 cells of 8 px, interpolated between the cells' centres). Integer, the same on every machine.
Plane<uint8_t> LocalContrast(PlaneView<const uint8_t> picture);

}  // namespace fsc

#endif  // FSC_MOTION_LOCAL_CONTRAST_H_
