#include "motion/motion_field.h"

#include <algorithm>
#include <cstdlib>

namespace fsc {
namespace {

int ScaleByRatio(int value, int num, int den) {
  const int product = value * num;
  const int magnitude = (2 * std::abs(product) + den) / (2 * den);
  return product < 0 ? -magnitude : magnitude;
}

bool Usable(const MotionHint& hint, const MotionGeometry& geometry) {
  return hint.field != nullptr && hint.field->geometry() == geometry && hint.den > 0;
}

}  // namespace

MotionVector ClampVector(int dx_qpel, int dy_qpel, int precision_qpel) {
  const int largest = kMaxVectorQpel - kMaxVectorQpel % precision_qpel;
  return {int16_t(std::clamp(dx_qpel, -largest, largest)), int16_t(std::clamp(dy_qpel, -largest, largest))};
}

MotionVector RoundVector(MotionVector v, int precision_qpel) {
  return ClampVector(precision_qpel * ScaleByRatio(v.dx_qpel, 1, precision_qpel),
                     precision_qpel * ScaleByRatio(v.dy_qpel, 1, precision_qpel), precision_qpel);
}

Status CheckMotionGeometry(const MotionGeometry& geometry, const Limits& limits, const std::string& where) {
  const int largest = limits.max_picture_size_px;
  if (geometry.width_px < 1 || geometry.height_px < 1 || geometry.width_px > largest || geometry.height_px > largest ||
      int64_t{geometry.width_px} * geometry.height_px > limits.max_picture_samples) {
    return BadInput("motion field of " + std::to_string(geometry.width_px) + " x " +
                        std::to_string(geometry.height_px) + " pixels is outside the limits",
                    where);
  }
  if (geometry.unit_px < 1 || geometry.unit_px > 4096) {
    return BadInput("motion field with a pixel of " + std::to_string(geometry.unit_px) + " input pixels", where);
  }
  return {};
}

MotionVector GlobalMotion::AtBlock(const MotionGeometry& geometry, int block_x, int block_y) const {
  const int64_t x = 2 * kMotionBlockPx * block_x + kMotionBlockPx - geometry.width_px;
  const int64_t y = 2 * kMotionBlockPx * block_y + kMotionBlockPx - geometry.height_px;
  const int64_t dx = (int64_t{2048} * shift_x + xx * x + xy * y + (1 << 14)) >> 15;
  const int64_t dy = (int64_t{2048} * shift_y + yx * x + yy * y + (1 << 14)) >> 15;
  return ClampVector(int(dx), int(dy));
}

MotionField::MotionField(const MotionGeometry& geometry)
    : geometry_(geometry),
      leaves_(size_t(geometry.leaves_x()) * geometry.leaves_y()),
      split_(size_t(geometry.blocks_x()) * geometry.blocks_y()) {}

bool MotionField::AllZero() const {
  return std::all_of(leaves_.begin(), leaves_.end(), [](const MotionVector& v) { return v == MotionVector{}; });
}

bool MotionField::operator==(const MotionField& other) const {
  return geometry_ == other.geometry_ && leaves_ == other.leaves_ && split_ == other.split_ &&
         precision_qpel == other.precision_qpel && base == other.base &&
         (base != MotionBaseKind::kGlobal || global == other.global);
}

std::vector<MotionVector> BaseVectors(const MotionGeometry& geometry, MotionBaseKind kind, const GlobalMotion& global,
                                      const MotionHint& hint, int precision_qpel) {
  const int leaves_x = geometry.leaves_x();
  const int leaves_y = geometry.leaves_y();
  std::vector<MotionVector> base(size_t(leaves_x) * leaves_y);
  if (kind == MotionBaseKind::kGlobal) {
    for (int y = 0; y < leaves_y; ++y) {
      for (int x = 0; x < leaves_x; ++x) base[size_t(y) * leaves_x + x] = global.AtBlock(geometry, x / 2, y / 2);
    }
  } else if (kind == MotionBaseKind::kHint && Usable(hint, geometry)) {
    for (size_t i = 0; i < base.size(); ++i) {
      const MotionVector v = hint.field->leaves()[i];
      base[i] = ClampVector(ScaleByRatio(v.dx_qpel, hint.num, hint.den), ScaleByRatio(v.dy_qpel, hint.num, hint.den));
    }
  }
  for (MotionVector& v : base) v = RoundVector(v, precision_qpel);
  return base;
}

}  // namespace fsc
