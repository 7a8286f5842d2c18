#include "codec/latent/add_blocks.h"

#include <algorithm>

namespace fsc {

void ResidualOfLevels(const Dequantizer& dequantizer, const int16_t* levels, bool skip, Block* residual) {
  Block coefficients;
  for (int i = 0; i < kBlockCoefficients; ++i) coefficients[kScan[i]] = dequantizer.Coefficient(levels[i]);
  if (skip) {
    *residual = coefficients;
  } else {
    InverseTransform(coefficients, residual);
  }
}

void AddBlocksPlain(const Dequantizer& dequantizer, std::span<const AddedBlock> blocks, ptrdiff_t stride) {
  for (const AddedBlock& block : blocks) {
    Block residual;
    ResidualOfLevels(dequantizer, block.levels, block.skip, &residual);
    for (int i = 0; i < kBlockCoefficients; ++i) {
      int16_t& cell = block.cells[ptrdiff_t(i / kBlockCells) * stride + i % kBlockCells];
      cell = int16_t(std::clamp(cell + residual[size_t(i)], -32767, 32767));
    }
  }
}

}  // namespace fsc
