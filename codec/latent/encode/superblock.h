// superblock.h: residuals of blocks and units at the encoder, and copies of a superblock, so that several ways
// to code it can be tried. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_SUPERBLOCK_H_
#define FSC_CODEC_LATENT_ENCODE_SUPERBLOCK_H_

#include <array>
#include <cstdint>

#include "codec/latent/large_transform.h"
#include "codec/latent/plane_levels.h"
#include "codec/latent/transform.h"

namespace fsc {

// Residual of a block whose prediction is in `plane`; outside the plane the edge repeats, so that the transform sees no
// jump. Returns the energy of all 16 numbers.
int64_t BlockResidual(PlaneView<const int16_t> target, PlaneView<const int16_t> plane, int block_x, int block_y,
                      Block* residual);
// The same for a unit of `cells` (8 or 16) to a side; the energy is that of the cells inside the plane.
int64_t UnitResidual(PlaneView<const int16_t> target, PlaneView<const int16_t> plane, int block_x, int block_y,
                     int cells, LargeBlock* residual);

// Levels and decoded cells of a superblock, coded in one way.
class SuperblockCopy {
 public:
  void TakeCells(PlaneView<const int16_t> plane, int superblock_x, int superblock_y);
  void GiveCells(PlaneView<int16_t> plane, int superblock_x, int superblock_y) const;
  void Take(const PlaneLevels& from, PlaneView<const int16_t> plane, int superblock_x, int superblock_y);
  void Give(PlaneLevels* to, PlaneView<int16_t> plane, int superblock_x, int superblock_y) const;

 private:
  static constexpr int kCells = kSuperblockBlocks * kBlockCells;

  PlaneLevels::Superblock levels_;
  std::array<int16_t, size_t{kCells} * kCells> cells_;
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_SUPERBLOCK_H_
