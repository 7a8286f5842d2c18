// motion_syntax.h: the coded form of a motion field: one visit that writes, reads and counts bits.
// docs/latent-motion.md describes it.
//
// Geometry and hint are known to both sides. The field says its base, the affine model where there is one, and then for
// each 32 px block in raster order: whether its difference to the base equals its prediction (the component-wise median
// of the left, upper and upper-right neighbours' differences) or, coded, how it differs; and whether it is split in
// four leaves, which are coded the same way. A field without motion and base is one bit.
#ifndef FSC_MOTION_MOTION_SYNTAX_H_
#define FSC_MOTION_MOTION_SYNTAX_H_

#include <array>

#include "core/range_coder.h"
#include "motion/motion_field.h"

namespace fsc {

// A model that starts at a probability of `percent` for a one and gives it up after a few bits.
inline BitModel StartAt(int percent) {
  return BitModel(percent * 65536 / 100, 6);
}

// Adaptive state. Default = start of a random-access unit; the codec keeps one per kind of field (past, future) or
// resets it as it likes, the same way on both sides. The start values are those of fields of real clips, rounded.
struct MotionContexts {
  BitModel any{8192, 2};              // the field is not all zero
  std::array<BitModel, 2> precision;  // not quarter pixels; whole rather than half
  std::array<BitModel, 2> base;       // not zero; hint rather than global
  // The block is split; by how many of the left and the upper block are.
  std::array<BitModel, 3> split{StartAt(10), StartAt(30), StartAt(55)};
  // The block differs from its prediction; by how many of the left and the upper leaf's units did.
  std::array<BitModel, 3> moved{StartAt(30), StartAt(50), StartAt(65)};
  // The same for a leaf of a split block: the first one, the others.
  std::array<BitModel, 2> moved_leaf{StartAt(42), StartAt(48)};
  // [how far the left and the upper leaf's differences lie apart: 0, up to 4, more][dx is zero, dy is zero]
  std::array<std::array<BitModel, 2>, 3> zero{
      {{StartAt(25), StartAt(60)}, {StartAt(30), StartAt(50)}, {StartAt(22), StartAt(22)}}};
  // The unary length of a magnitude: [component][length so far].
  std::array<std::array<BitModel, 16>, 2> length{StartLengths(), StartLengths()};
  std::array<BitModel, 2> sign;  // [component], negative

 private:
  static std::array<BitModel, 16> StartLengths() {
    std::array<BitModel, 16> models;
    for (int i = 0; i < 16; ++i) models[i] = StartAt(i < 4 ? 35 : 20);
    return models;
  }
};

// Writes `field`. A block that is not marked as split but whose leaves do not share a difference to the base is written
// as split; otherwise the field comes back as it was. `hint` is what the decoder will have.
void WriteMotionField(const MotionField& field, const MotionHint& hint, MotionContexts* contexts, RangeEncoder* out);

// Reads a field of `geometry`, which must have passed CheckMotionGeometry. kBadInput for values out of range or data
// that ends early. `contexts` are in an unspecified but valid state after an error.
Result<MotionField> ReadMotionField(const MotionGeometry& geometry, const MotionHint& hint, MotionContexts* contexts,
                                    RangeDecoder* in);

// What WriteMotionField would spend, in 1/256 bit; `contexts` are left as they are.
uint64_t MotionFieldBits256(const MotionField& field, const MotionHint& hint, const MotionContexts& contexts);

}  // namespace fsc

#endif  // FSC_MOTION_MOTION_SYNTAX_H_
