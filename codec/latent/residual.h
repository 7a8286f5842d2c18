// residual.h: the entropy-coded form of one plane's quantised residual: a plane flag, superblock flags and the
// sizes of their units, and for each 4 x 4 block, or group of 16 coefficients of a larger unit, the number of its
// nonzero levels, where they are and what they are. docs/latent-mode.md, "Levels of a plane".
//
// Contexts follow three things that both sides know: how busy the plane was in the last frame of this class, the levels
// of the left and upper block, and whether the planes coded before had something in the same place.
#ifndef FSC_CODEC_LATENT_RESIDUAL_H_
#define FSC_CODEC_LATENT_RESIDUAL_H_

#include <array>
#include <cstdint>
#include <vector>

#include "codec/frame_analysis.h"
#include "codec/frame_class.h"
#include "codec/latent/picture.h"
#include "codec/latent/plane_levels.h"
#include "codec/latent/transform.h"
#include "core/range_coder.h"

namespace fsc {

inline constexpr int kMagnitudePrefix = 16;
inline constexpr int kUnitSizes = 2;  // of 8 and of 16 cells

// Of the units of 8 and 16 cells. First index: the size; `high`: 0 = the group of the lowest frequencies, 1 = another.
struct UnitContexts {
  std::array<std::array<std::array<std::array<BitModel, kMapClasses>, kNeighbourClasses>, kActivityClasses / 2>,
             kUnitSizes>
      coded;                                                              // the unit has levels
  std::array<std::array<BitModel, 15>, kUnitSizes> last;                  // [group]: it is not the last one with levels
  std::array<std::array<BitModel, 4>, kUnitSizes> group;                  // [coded neighbours; 3 = the first group]
  std::array<std::array<std::array<BitModel, 15>, 2>, kUnitSizes> count;  // [high][n > i + 1]
  std::array<std::array<std::array<std::array<BitModel, kBlockCoefficients>, 4>, 2>, kUnitSizes>
      significant;  // [high][left][position]
  std::array<std::array<std::array<std::array<BitModel, 3>, 3>, 2>, kUnitSizes>
      above_one;  // [high][count class][above]
  std::array<std::array<std::array<BitModel, 3>, 2>, kUnitSizes> above_two;
  std::array<std::array<std::array<BitModel, kMagnitudePrefix>, 2>, kUnitSizes> prefix;
};

// Adaptive state of one plane group for one frame class. Lives from one random-access frame to the next.
struct ResidualContexts {
  explicit ResidualContexts(FrameClass frame_class);

  std::array<BitModel, kActivityClasses> plane;                      // the plane has levels
  std::array<std::array<BitModel, 3>, kActivityClasses> superblock;  // [activity][coded neighbours]
  std::array<std::array<std::array<BitModel, kMapClasses>, kNeighbourClasses>, kActivityClasses> block;
  std::array<std::array<std::array<BitModel, 15>, kNeighbourClasses>, kActivityClasses / 2> count;  // [..][n > i + 1]
  std::array<std::array<BitModel, 4>, kLeanClasses> skip;  // the block has no transform; [plane's lean][neighbours]
  std::array<std::array<std::array<BitModel, kBlockCoefficients>, 4>, 2> significant;  // [no transform][left][position]
  std::array<std::array<std::array<BitModel, 3>, kNeighbourClasses>, 3>
      above_one;  // [count class][..][above one so far]
  std::array<std::array<BitModel, 3>, kNeighbourClasses> above_two;
  std::array<std::array<BitModel, kMagnitudePrefix>, kNeighbourClasses> prefix;  // Golomb prefix of |level| - 3
  std::array<BitModel, 17> gain_same;                                            // [previous gain]: gain unchanged
  std::array<BitModel, 16> gain_tree;                                            // the new gain, 4 bits
  std::array<std::array<BitModel, 3>, kActivityClasses / 2> larger;  // [..][near]: the superblock has larger units
  std::array<BitModel, kActivityClasses / 2> largest;                // one of 16 cells
  UnitContexts units;
};

// What the contexts of a plane hang on.
struct PlaneContext {
  int activity = 0;               // PlaneActivity::Class
  int lean = 0;                   // PlaneActivity::Lean
  bool lossless = false;          // no block has a transform, and none says so
  const BlockMap* map = nullptr;  // the group's
};

// Codes `levels`, which is left as it is.
void WritePlaneLevels(const PlaneContext& plane, ResidualContexts* contexts, RangeEncoder* out, PlaneLevels* levels);
// Fills `levels`, which must have the plane's grid. Levels are modulo 2^16 (-32768 needs 16 bits); any bytes give some.
// `meter`, where there is one, is told what each block took.
void ReadPlaneLevels(const PlaneContext& plane, ResidualContexts* contexts, RangeDecoder* in, PlaneLevels* levels,
                     BitMeter* meter = nullptr);

// Gain of a plane's prediction in 1/16, 0..16, given the one of the plane's last frame in this class.
void WriteGain(int gain, int previous, ResidualContexts* contexts, RangeEncoder* out);
int ReadGain(int previous, ResidualContexts* contexts, RangeDecoder* in);

// Context choices that the encoder's estimates share with the syntax.
inline int CountClass(int count) {
  return count == 1 ? 0 : count <= 3 ? 1 : 2;
}
inline int LeftClass(int left) {
  return left < 4 ? left - 1 : 3;
}
// First index of UnitContexts for units of 2 or 4 blocks to a side.
inline int UnitSize(int unit_blocks) {
  return unit_blocks / 4;
}
// The groups of a unit in coding order, the lowest frequencies first.
struct GroupPlace {
  int x, y;
};
inline GroupPlace PlaceOf(int group, int unit_blocks) {
  if (unit_blocks == 2) return {group & 1, group >> 1};
  return {kScan[group] % kBlockCells, kScan[group] / kBlockCells};
}

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_RESIDUAL_H_
