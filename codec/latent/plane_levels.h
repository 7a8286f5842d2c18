// plane_levels.h: the quantised residual of one plane while it is coded, and what the entropy coder's contexts
// know of planes: where the planes before had levels, and how busy each plane is. Part of the format
// (docs/latent-mode.md, "Levels of a plane"); the syntax itself is in latent/residual.h.
#ifndef FSC_CODEC_LATENT_PLANE_LEVELS_H_
#define FSC_CODEC_LATENT_PLANE_LEVELS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "codec/frame_class.h"
#include "codec/latent/picture.h"

namespace fsc {

inline constexpr int kActivityClasses = 8;
inline constexpr int kNeighbourClasses = 6;
inline constexpr int kMapClasses = 4;
inline constexpr int kLeanClasses = 4;

// One plane's levels. A superblock has units of 4, 8 or 16 cells, each with a transform (or none) of its own. A unit of
// more than 4 cells keeps its coefficients as groups of 16 neighbouring ones, each where a block would be: group (i, j)
// of the unit that begins at block (x, y) at block (x + i, y + j), the parts of it that lie outside the plane included.
class PlaneLevels {
 public:
  explicit PlaneLevels(const BlockGrid& grid);

  const BlockGrid& grid() const { return grid_; }
  // Levels of a block or group in scan order; meaningful only where the block or its unit is coded().
  int16_t* levels(int block_x, int block_y) { return levels_.data() + Index(block_x, block_y) * kBlockCoefficients; }
  const int16_t* levels(int block_x, int block_y) const {
    return levels_.data() + Index(block_x, block_y) * kBlockCoefficients;
  }
  // Blocks to a side of the units of a superblock: 1, 2 or 4.
  int unit_blocks(int superblock_x, int superblock_y) const {
    return unit_blocks_[size_t(superblock_y) * grid_.superblocks_x + superblock_x];
  }
  void SetUnitBlocks(int superblock_x, int superblock_y, int blocks) {
    unit_blocks_[size_t(superblock_y) * grid_.superblocks_x + superblock_x] = uint8_t(blocks);
  }
  // Nonzero levels of a block or group, 0..16.
  int count(int block_x, int block_y) const { return counts_[Index(block_x, block_y)]; }
  // The block, or the unit that it is in, has levels.
  bool coded(int block_x, int block_y) const { return coded_[Index(block_x, block_y)] != 0; }
  // Sum of |level| of a block, saturated to 255; of a larger unit: the mean of its blocks, at least 1.
  int magnitude(int block_x, int block_y) const { return magnitudes_[Index(block_x, block_y)]; }
  // The block's levels are residual samples over the step, not transform coefficients. False where not coded().
  bool skip(int block_x, int block_y) const { return skips_[Index(block_x, block_y)] != 0; }
  // Call after levels() were filled in (or to clear: count 0).
  void SetBlock(int block_x, int block_y, int count, int magnitude, bool skip);
  // Sets count() of one group of a unit; SetUnit() follows.
  void SetGroup(int block_x, int block_y, int count) { counts_[Index(block_x, block_y)] = uint8_t(count); }
  // The same for a unit of `blocks` x `blocks`, whose levels() are all meaningful unless `magnitude` is 0.
  void SetUnit(int block_x, int block_y, int blocks, int magnitude);
  void Clear();
  // Neighbour class 0..kNeighbourClasses - 1 of a block, from the magnitudes of its left and upper neighbours.
  int NeighbourClass(int block_x, int block_y) const;
  // 0: neither neighbour has levels; else 1, 2, 3: of those that do none, some, all are without transform.
  int SkipNeighbours(int block_x, int block_y) const;
  // Some block of the superblock is coded().
  bool HasLevels(int superblock_x, int superblock_y) const;
  // Of the left and the upper superblock, those with levels in larger units.
  int LargerNeighbours(int superblock_x, int superblock_y) const;

  struct Totals {
    int nonzero = 0;  // levels
    int coded = 0;    // blocks with levels
    int skipped = 0;  // of these, blocks without transform
  };
  Totals totals() const;

  // A superblock's share of all this.
  struct Superblock {
    static constexpr int kBlocks = kSuperblockBlocks * kSuperblockBlocks;
    std::array<int16_t, size_t(kBlocks) * kBlockCoefficients> levels;
    std::array<uint8_t, kBlocks> counts, coded, magnitudes, skips;
  };
  Superblock superblock(int superblock_x, int superblock_y) const;
  void SetSuperblock(int superblock_x, int superblock_y, const Superblock& superblock);

 private:
  size_t Index(int block_x, int block_y) const { return size_t(block_y) * stride_ + block_x; }

  BlockGrid grid_;
  size_t stride_;  // blocks: whole superblocks
  std::vector<int16_t> levels_;
  std::vector<uint8_t> counts_;
  std::vector<uint8_t> coded_;
  std::vector<uint8_t> magnitudes_;
  std::vector<uint8_t> skips_;
  std::vector<uint8_t> unit_blocks_;  // per superblock
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

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_PLANE_LEVELS_H_
