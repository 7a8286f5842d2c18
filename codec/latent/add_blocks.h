// add_blocks.h: levels of 4 x 4 blocks to residuals, added to the prediction; a plain twin and a vector twin, which
// agree to the bit.
#ifndef FSC_CODEC_LATENT_ADD_BLOCKS_H_
#define FSC_CODEC_LATENT_ADD_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/latent/transform.h"

namespace fsc {

struct AddedBlock {
  const int16_t* levels = nullptr;  // 16, in the order of kScan
  int16_t* cells = nullptr;         // the first of 4 x 4
  bool skip = false;                // without transform
};

// The cells of each block become cell + residual, limited to +-32767. `stride`: cells from row to row.
void AddBlocks(const Dequantizer& dequantizer, std::span<const AddedBlock> blocks, ptrdiff_t stride);
void AddBlocksPlain(const Dequantizer& dequantizer, std::span<const AddedBlock> blocks, ptrdiff_t stride);

// The residual of one block.
void ResidualOfLevels(const Dequantizer& dequantizer, const int16_t* levels, bool skip, Block* residual);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ADD_BLOCKS_H_
