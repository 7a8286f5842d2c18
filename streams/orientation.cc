#include "streams/orientation.h"

#include <cstdlib>
#include <cstring>

namespace fsc {

std::optional<Orientation> OrientationOf(const std::array<int32_t, 9>& matrix) {
  const auto size = [&](int i) { return std::abs(int64_t{matrix[size_t(i)]}); };
  // Rounding leaves a little in the other two entries.
  const auto is_small = [&](int i, int beside) { return size(i) * 64 < size(beside); };
  if (is_small(1, 0) && is_small(3, 4)) return Orientation{false, matrix[0] < 0, matrix[4] < 0};
  if (is_small(0, 1) && is_small(4, 3)) return Orientation{true, matrix[3] < 0, matrix[1] < 0};
  return std::nullopt;
}

Image Oriented(const Image& in, const Orientation& orientation) {
  if (orientation == Orientation{}) return in;
  Image out;
  out.width_px = orientation.transpose ? in.height_px : in.width_px;
  out.height_px = orientation.transpose ? in.width_px : in.height_px;
  out.bgr.resize(in.bgr.size());
  for (int y = 0; y < in.height_px; ++y) {
    for (int x = 0; x < in.width_px; ++x) {
      int to_x = orientation.transpose ? y : x;
      int to_y = orientation.transpose ? x : y;
      if (orientation.flip_x) to_x = out.width_px - 1 - to_x;
      if (orientation.flip_y) to_y = out.height_px - 1 - to_y;
      memcpy(&out.bgr[(size_t(to_y) * size_t(out.width_px) + size_t(to_x)) * 3],
             &in.bgr[(size_t(y) * size_t(in.width_px) + size_t(x)) * 3], 3);
    }
  }
  return out;
}

}  // namespace fsc
