#include "motion/cell_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace fsc {
namespace {

constexpr double kGreysPerDeviation = 25.5;

// A row of them. Every operation is rounded by itself, so that every machine gives the same.
void GreyRowOf(const int16_t* from, int count, const CellGrey& grey, uint8_t* to) {
  for (int x = 0; x < count; ++x) {
    const float level = std::clamp(float(from[x] - grey.mean) * grey.scale, -128.0f, 127.0f);
    to[x] = uint8_t(int(level + 128.5f));
  }
}

}  // namespace

CellGrey CellGreyOf(PlaneView<const int16_t> plane) {
  int64_t sum = 0;
  int64_t squares = 0;
  for (int y = 0; y < plane.height; ++y) {
    const int16_t* row = plane.row(y);
    for (int x = 0; x < plane.width; ++x) {
      sum += row[x];
      squares += int32_t{row[x]} * row[x];
    }
  }
  const double count = double(plane.width) * plane.height;
  const double mean = double(sum) / count;
  const double deviation = std::sqrt(std::max(0.0, double(squares) / count - mean * mean));
  const double scale = deviation > 0 ? kGreysPerDeviation / deviation : 0;
  return {int32_t(std::lround(mean)), float(scale)};
}

CellPicture::CellPicture(std::span<const PlaneView<const int16_t>> planes, std::span<const CellGrey> greys,
                         int leaves_x, int leaves_y)
    : leaves_x_(leaves_x),
      leaves_y_(leaves_y),
      stride_(ptrdiff_t{leaves_x * kLeafCells + 2 * kBorder} * kCellPlanes),
      bytes_(size_t(stride_) * (leaves_y * kLeafCells + 2 * kBorder), uint8_t{128}) {
  const int plane_width = planes[0].width;
  const int plane_height = planes[0].height;
  std::vector<uint8_t> levels(size_t(plane_width), uint8_t{0});
  for (int y = 0; y < plane_height; ++y) {
    uint8_t* to = row(y + kBorder) + ptrdiff_t{kBorder} * kCellPlanes;
    for (size_t k = 0; k < planes.size(); ++k) {
      GreyRowOf(planes[k].row(y), plane_width, greys[k], levels.data());
      for (int x = 0; x < plane_width; ++x) to[x * kCellPlanes + int(k)] = levels[size_t(x)];
    }
    const uint8_t* last = to + ptrdiff_t{plane_width - 1} * kCellPlanes;
    for (int x = -kBorder; x < 0; ++x) std::memcpy(to + x * kCellPlanes, to, kCellPlanes);
    for (int x = plane_width; x < width() - kBorder; ++x) std::memcpy(to + x * kCellPlanes, last, kCellPlanes);
  }
  for (int y = 0; y < kBorder; ++y) std::memcpy(row(y), row(kBorder), size_t(stride_));
  for (int y = kBorder + plane_height; y < height(); ++y) {
    std::memcpy(row(y), row(kBorder + plane_height - 1), size_t(stride_));
  }
}

CellReference::CellReference(CellPicture picture) {
  // Where six cells are not there, the border repeats one value, and so does what lies between.
  const auto right = [](const CellPicture& from) {
    CellPicture to = from;
    const size_t count = size_t(from.width() - 5) * kCellPlanes;
    for (int y = 0; y < from.height(); ++y) {
      SixBytes in;
      for (size_t k = 0; k < in.size(); ++k) in[k] = from.row(y) + k * kCellPlanes;
      HalfRow(in, count, to.row(y) + 2 * kCellPlanes);
    }
    return to;
  };
  const auto down = [](const CellPicture& from) {
    CellPicture to = from;
    for (int y = 2; y + 3 < from.height(); ++y) {
      SixBytes in;
      for (int k = 0; k < 6; ++k) in[size_t(k)] = from.row(y - 2 + k);
      HalfRow(in, size_t(from.stride()), to.row(y));
    }
    return to;
  };
  phases_.push_back(std::move(picture));
  phases_.push_back(right(phases_[0]));
  phases_.push_back(down(phases_[0]));
  phases_.push_back(down(phases_[1]));
}

uint32_t CellLevel::Sad(int leaf_x, int leaf_y, MotionVector v) const {
  const int x = leaf_x * kLeafCells;
  const int y = leaf_y * kLeafCells;
  // In eighths of a cell. Beyond the border everything along that axis is one value, so a clamped position reads the
  // same samples.
  constexpr int kLowest = -8 * CellPicture::kBorder;
  const int most_x = 8 * (current_->width() - 2 * CellPicture::kBorder + CellPicture::kBorder - kLeafCells - 1);
  const int most_y = 8 * (current_->height() - 2 * CellPicture::kBorder + CellPicture::kBorder - kLeafCells - 1);
  const int at_x = std::clamp(8 * x + (v.dx_qpel >> 2), kLowest, most_x);
  const int at_y = std::clamp(8 * y + (v.dy_qpel >> 2), kLowest, most_y);
  const int fx = at_x & 3;
  const int fy = at_y & 3;
  CellPlace place;  // of the four samples
  place.stride = current_->stride();
  for (int k = 0; k < 4; ++k) {
    // Half cells; a sample that does not count is the one that does.
    const int half_x = (at_x >> 2) + (fx > 0 ? k & 1 : 0);
    const int half_y = (at_y >> 2) + (fy > 0 ? k >> 1 : 0);
    place.at[size_t(k)] = reference_->phase(2 * (half_y & 1) + (half_x & 1)).at(half_x >> 1, half_y >> 1);
  }
  place.weights = {uint8_t((4 - fx) * (4 - fy)), uint8_t(fx * (4 - fy)), uint8_t((4 - fx) * fy), uint8_t(fx * fy)};
  return cell_sad_(current_->at(x, y), current_->stride(), place);
}

uint32_t CellLevel::Texture(int leaf_x, int leaf_y) const {
  const int x = leaf_x * kLeafCells;
  const int y = leaf_y * kLeafCells;
  const ptrdiff_t stride = current_->stride();
  uint32_t sum = 0;
  for (const uint8_t* beside : {current_->at(x + 1, y), current_->at(x, y + 1)}) {
    sum += cell_sad_(current_->at(x, y), stride, {{beside, beside, beside, beside}, stride, {16, 0, 0, 0}});
  }
  return sum;
}

}  // namespace fsc
