// motion_field.h: where every part of a picture comes from in one reference picture: one field per coded frame and
// reference, shared by all channels of all layers.
//
// The field covers a picture of width_px x height_px field pixels. A field pixel is `unit_px` input pixels (1 where the
// field was estimated on the network's input; more for coarse layers without a video, see motion_planes.h). Storage is
// a grid of 16 x 16 px leaves, each with one vector; a quadtree of 32 px blocks says which four leaves share one coded
// vector.
//
// A vector points from the current picture into the reference: the block at x is predicted from the reference at x + v
// / 4.
//
// What is coded for a block is the difference between its vector and a *base* (MotionBase): zero, a global affine model
// (camera pan, zoom, rotation), or a scaled copy of another field of the same frame. So "this block follows the camera"
// is a difference of zero. Leaf vectors are the truth once base and differences are added; prediction needs nothing but
// them.
#ifndef FSC_MOTION_MOTION_FIELD_H_
#define FSC_MOTION_MOTION_FIELD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

inline constexpr int kMotionLeafPx = 16;
inline constexpr int kMotionBlockPx = 32;
// Largest component of any vector: 2047.75 field pixels. Base + difference saturates to it.
inline constexpr int kMaxVectorQpel = 8191;

// Quarter field pixels, -kMaxVectorQpel..kMaxVectorQpel.
struct MotionVector {
  int16_t dx_qpel = 0;
  int16_t dy_qpel = 0;
  bool operator==(const MotionVector&) const = default;
};

// Saturates both components to the largest multiple of `precision_qpel` (1, 2 or 4) within +-kMaxVectorQpel.
MotionVector ClampVector(int dx_qpel, int dy_qpel, int precision_qpel = 1);
// The nearest multiple of `precision_qpel`, halves away from zero, saturated.
MotionVector RoundVector(MotionVector v, int precision_qpel);

// The picture that a field covers. Constant over a stream; the stream header carries it, the field's syntax does not.
struct MotionGeometry {
  int width_px = 0;  // field pixels, 1..limits.max_picture_size_px
  int height_px = 0;
  int unit_px = 1;  // input pixels per field pixel, 1..4096

  int leaves_x() const { return (width_px + kMotionLeafPx - 1) / kMotionLeafPx; }
  int leaves_y() const { return (height_px + kMotionLeafPx - 1) / kMotionLeafPx; }
  int blocks_x() const { return (width_px + kMotionBlockPx - 1) / kMotionBlockPx; }
  int blocks_y() const { return (height_px + kMotionBlockPx - 1) / kMotionBlockPx; }
  bool operator==(const MotionGeometry&) const = default;
};

// kBadInput when the geometry exceeds `limits`; `where` names the source of the claim.
Status CheckMotionGeometry(const MotionGeometry& geometry, const Limits& limits, const std::string& where);

// Vector of the 32 px block (i, j) and all of its leaves, with X = 64 i + 32 - width_px, Y = 64 j + 32 - height_px
// (twice the distance of the block's centre from the picture's), saturated:
//   dx_qpel = (2048 shift_x + xx X + xy Y + 2^14) >> 15,   dy_qpel = (2048 shift_y + yx X + yy Y + 2^14) >> 15.
// Linear terms are in 2^-14 quarter pixels per pixel, shifts in 1/16 quarter pixel. One vector per block, not per leaf:
// the same prediction within 0.1 %, and far fewer runs to warp.
struct GlobalMotion {
  int32_t shift_x = 0;  // -kMaxShift..kMaxShift
  int32_t shift_y = 0;
  int32_t xx = 0;  // -kMaxLinear..kMaxLinear
  int32_t xy = 0;
  int32_t yx = 0;
  int32_t yy = 0;
  bool operator==(const GlobalMotion&) const = default;

  static constexpr int32_t kMaxShift = 16 * kMaxVectorQpel;
  static constexpr int32_t kMaxLinear = 1 << 14;  // a quarter pixel per pixel: 25 % zoom, 14 degrees

  MotionVector AtBlock(const MotionGeometry& geometry, int block_x, int block_y) const;
};

enum class MotionBaseKind : uint8_t {
  kZero = 0,
  kGlobal = 1,  // the field's own GlobalMotion
  kHint = 2,    // another field that both sides already have, times hint_num / hint_den
};

// A field that may serve as base of another: for B frames, the field towards the other reference, times minus the ratio
// of the distances.
struct MotionHint {
  const class MotionField* field = nullptr;  // borrowed; null = no hint; same geometry
  int num = -1;                              // -64..64
  int den = 1;                               // 1..64
};

class MotionField {
 public:
  MotionField() = default;
  // All vectors zero, no block split, base zero. `geometry` must have passed CheckMotionGeometry.
  explicit MotionField(const MotionGeometry& geometry);

  const MotionGeometry& geometry() const { return geometry_; }
  bool empty() const { return leaves_.empty(); }

  // Leaf column / row 0..leaves_x() - 1 / leaves_y() - 1, row-major.
  const MotionVector& leaf(int leaf_x, int leaf_y) const {
    return leaves_[size_t(leaf_y) * geometry_.leaves_x() + leaf_x];
  }
  MotionVector& leaf(int leaf_x, int leaf_y) { return leaves_[size_t(leaf_y) * geometry_.leaves_x() + leaf_x]; }
  const std::vector<MotionVector>& leaves() const { return leaves_; }

  // True: the four leaves of the 32 px block have differences of their own.
  bool split(int block_x, int block_y) const { return split_[size_t(block_y) * geometry_.blocks_x() + block_x] != 0; }
  void set_split(int block_x, int block_y, bool split) {
    split_[size_t(block_y) * geometry_.blocks_x() + block_x] = split;
  }

  // 1, 2 or 4: every vector is a multiple of it. Coarse vectors are cheaper to code; on cells of 8 px whole pixels lose
  // nothing.
  int precision_qpel = 1;
  MotionBaseKind base = MotionBaseKind::kZero;
  GlobalMotion global;  // meaningful where base == kGlobal

  bool AllZero() const;
  bool operator==(const MotionField&) const;

 private:
  MotionGeometry geometry_;
  std::vector<MotionVector> leaves_;
  std::vector<uint8_t> split_;
};

// The base vector of every leaf, row-major: what the coded differences are added to. A hint that is null or of another
// geometry counts as zero. Component of a hint: v * num / den, rounded half away from zero, saturated.
std::vector<MotionVector> BaseVectors(const MotionGeometry& geometry, MotionBaseKind kind, const GlobalMotion& global,
                                      const MotionHint& hint, int precision_qpel = 1);

}  // namespace fsc

#endif  // FSC_MOTION_MOTION_FIELD_H_
