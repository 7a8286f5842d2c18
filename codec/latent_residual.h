// latent_residual.h: the entropy-coded form of one plane's quantised residual: a plane flag, superblock flags, and for
// each 4 x 4 block the number of its nonzero levels, where they are and what they are. docs/latent-mode.md, "Levels
// of a plane".
//
// Contexts follow three things that both sides know: how busy the plane was in the last frame of this class, the levels
// of the left and upper block, and whether the planes coded before had something in the same place.
#ifndef FSC_CODEC_LATENT_RESIDUAL_H_
#define FSC_CODEC_LATENT_RESIDUAL_H_

#include <array>
#include <cstdint>
#include <vector>

#include "codec/frame_analysis.h"
#include "codec/latent_picture.h"
#include "core/range_coder.h"

namespace fsc {

inline constexpr int kActivityClasses = 8;
inline constexpr int kNeighbourClasses = 6;
inline constexpr int kMapClasses = 4;
inline constexpr int kLeanClasses = 4;
inline constexpr int kMagnitudePrefix = 16;

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
};

// One plane's levels, blocks in raster order, and what the contexts need of them.
class PlaneLevels {
 public:
  explicit PlaneLevels(const BlockGrid& grid);

  const BlockGrid& grid() const { return grid_; }
  // Levels of a block in scan order; meaningful only where count() > 0.
  int16_t* levels(int block_x, int block_y) { return levels_.data() + Index(block_x, block_y) * kBlockCoefficients; }
  const int16_t* levels(int block_x, int block_y) const {
    return levels_.data() + Index(block_x, block_y) * kBlockCoefficients;
  }
  // Nonzero levels of a block, 0..16.
  int count(int block_x, int block_y) const { return counts_[Index(block_x, block_y)]; }
  // Sum of |level| of a block, saturated to 255.
  int magnitude(int block_x, int block_y) const { return magnitudes_[Index(block_x, block_y)]; }
  // The block's levels are residual samples over the step, not transform coefficients. False where count() == 0.
  bool skip(int block_x, int block_y) const { return skips_[Index(block_x, block_y)] != 0; }
  // Call after levels() were filled in (or to clear: count 0).
  void SetBlock(int block_x, int block_y, int count, int magnitude, bool skip);
  void Clear();
  // Neighbour class 0..kNeighbourClasses - 1 of a block, from the magnitudes of its left and upper neighbours.
  int NeighbourClass(int block_x, int block_y) const;
  // 0: neither neighbour has levels; else 1, 2, 3: of those that do none, some, all are without transform.
  int SkipNeighbours(int block_x, int block_y) const;

  struct Totals {
    int nonzero = 0;  // levels
    int coded = 0;    // blocks with levels
    int skipped = 0;  // of these, blocks without transform
  };
  Totals totals() const;

 private:
  size_t Index(int block_x, int block_y) const { return size_t(block_y) * grid_.blocks_x + block_x; }

  BlockGrid grid_;
  std::vector<int16_t> levels_;
  std::vector<uint8_t> counts_;
  std::vector<uint8_t> magnitudes_;
  std::vector<uint8_t> skips_;
};

// Where the planes of a group had levels, most recent planes first: one number per block, 0..255.
class BlockMap {
 public:
  explicit BlockMap(const BlockGrid& grid) : values_(size_t(grid.blocks())) {}
  int Class(int block) const {
    return values_[block] < 24 ? 0 : values_[block] < 72 ? 1 : values_[block] < 144 ? 2 : 3;
  }
  // After a plane that has levels.
  void Update(const PlaneLevels& levels);

 private:
  std::vector<uint8_t> values_;
};

// How busy each plane of a layer is, per frame class.
class PlaneActivity {
 public:
  PlaneActivity() = default;
  // At a random-access frame: from the plane's standard deviation, 2^(scale / 4 - 4) plane units, against the step.
  PlaneActivity(const std::vector<uint8_t>& plane_scale, int32_t step_q4);
  // 0..kActivityClasses - 1
  int Class(FrameClass frame_class, int plane) const;
  // How often the plane's blocks go without transform, 0..kLeanClasses - 1.
  int Lean(FrameClass frame_class, int plane) const { return leans_[size_t(frame_class) * planes_ + plane] >> 6; }
  // Records a plane of `blocks` blocks. Different planes may be updated at the same time.
  void Update(FrameClass frame_class, int plane, const PlaneLevels::Totals& totals, int blocks);

 private:
  int planes_ = 0;
  // [frame class][plane]: nonzero levels per block in 1/1024, running mean; -1 = nothing seen yet.
  std::vector<int32_t> density_;
  std::vector<uint8_t> leans_;  // [frame class][plane]: running share in 1/256
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

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_RESIDUAL_H_
