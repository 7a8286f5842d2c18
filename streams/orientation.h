// orientation.h: pictures turned and mirrored as their file asks, so that networks see what a viewer shows. Internal to
// streams/.
#ifndef FSC_STREAMS_ORIENTATION_H_
#define FSC_STREAMS_ORIENTATION_H_

#include <array>
#include <cstdint>
#include <optional>

#include "core/image.h"

namespace fsc {

// First x and y change places, then columns and rows are reversed.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;
  bool flip_y = false;
  bool operator==(const Orientation&) const = default;
};

// Of the display matrix of MP4, Matroska and libav: 16.16 fixed point, a pixel at (x, y) is shown at
// (m[0] x + m[3] y, m[1] x + m[4] y). nullopt where that is no quarter turn, mirrored or not.
std::optional<Orientation> OrientationOf(const std::array<int32_t, 9>& matrix);

Image Oriented(const Image& in, const Orientation& orientation);

}  // namespace fsc

#endif  // FSC_STREAMS_ORIENTATION_H_
