#include "motion/search_pictures.h"

#include <algorithm>
#include <cstring>

namespace fsc {
namespace {

constexpr int kSmallestLevelPx = 48;
constexpr int kMaxLevels = 5;
constexpr int kSmallestRangePx = 4;  // of a level worth searching

int WholeBlocks(int size_px) {
  return (size_px + kMotionBlockPx - 1) / kMotionBlockPx * kMotionBlockPx;
}

}  // namespace

PaddedPicture::PaddedPicture(PlaneView<const uint8_t> picture)
    : width_px_(picture.width),
      height_px_(picture.height),
      samples_(WholeBlocks(picture.width) + 2 * kBorderPx, WholeBlocks(picture.height) + 2 * kBorderPx) {
  for (int y = 0; y < samples_.height(); ++y) {
    uint8_t* row = samples_.row(y);
    const int source_y = std::clamp(y - kBorderPx, 0, height_px_ - 1);
    if (y > 0 && source_y == std::clamp(y - 1 - kBorderPx, 0, height_px_ - 1)) {
      std::copy_n(samples_.row(y - 1), samples_.width(), row);
      continue;
    }
    const uint8_t* source = picture.row(source_y);
    std::memset(row, source[0], kBorderPx);
    std::copy_n(source, width_px_, row + kBorderPx);
    std::memset(row + kBorderPx + width_px_, source[width_px_ - 1], samples_.width() - kBorderPx - width_px_);
  }
}

PaddedPicture PaddedPicture::Half() const {
  Plane<uint8_t> half((width_px_ + 1) / 2, (height_px_ + 1) / 2);
  for (int y = 0; y < half.height(); ++y) {
    const uint8_t* upper = at(0, 2 * y);
    const uint8_t* lower = at(0, 2 * y + 1);
    uint8_t* row = half.row(y);
    for (int x = 0; x < half.width(); ++x) {
      row[x] = uint8_t((upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1] + 2) >> 2);
    }
  }
  return PaddedPicture(half.view());
}

uint32_t SearchLevel::Sad(int leaf_x, int leaf_y, MotionVector v) const {
  const int x = leaf_x * kMotionLeafPx;
  const int y = leaf_y * kMotionLeafPx;
  // Beyond the border everything along that axis is one value, so a clamped position reads the same samples.
  const int from_x =
      std::clamp(x + (v.dx_qpel >> 2), -PaddedPicture::kBorderPx, reference[0]->x_end() - kMotionLeafPx - 1);
  const int from_y =
      std::clamp(y + (v.dy_qpel >> 2), -PaddedPicture::kBorderPx, reference[0]->y_end() - kMotionLeafPx - 1);
  uint32_t sum = 0;
  for (size_t i = 0; i < current.size(); ++i) {
    sum += leaf_sad(current[i]->at(x, y), current[i]->stride(), reference[i]->at(from_x, from_y),
                    reference[i]->stride(), v.dx_qpel & 3, v.dy_qpel & 3);
  }
  return sum;
}

uint32_t SearchLevel::Texture(int leaf_x, int leaf_y) const {
  uint32_t sum = 0;
  for (const PaddedPicture* picture : current) {
    const uint8_t* leaf = picture->at(leaf_x * kMotionLeafPx, leaf_y * kMotionLeafPx);
    const ptrdiff_t stride = picture->stride();
    sum += leaf_sad(leaf, stride, leaf + 1, stride, 0, 0);
    sum += leaf_sad(leaf, stride, leaf + stride, stride, 0, 0);
  }
  return sum;
}

PicturePyramid::PicturePyramid(PlaneView<const uint8_t> picture) {
  levels_.emplace_back(picture);
  while (levels() < kMaxLevels &&
         std::min(levels_.back().width_px(), levels_.back().height_px()) >= 2 * kSmallestLevelPx) {
    levels_.push_back(levels_.back().Half());
  }
}

std::vector<SearchLevel> SearchLevels(std::span<const PicturePyramid* const> current,
                                      std::span<const PicturePyramid* const> reference, int range_px) {
  std::vector<SearchLevel> levels;
  for (int index = 0; index < current[0]->levels() && (index == 0 || (range_px >> index) >= kSmallestRangePx);
       ++index) {
    SearchLevel level;
    level.leaf_sad = FastLeafSad();
    for (const PicturePyramid* pyramid : current) level.current.push_back(&pyramid->level(index));
    for (const PicturePyramid* pyramid : reference) level.reference.push_back(&pyramid->level(index));
    levels.push_back(std::move(level));
  }
  return levels;
}

}  // namespace fsc
