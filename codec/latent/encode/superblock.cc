#include "codec/latent/encode/superblock.h"

#include <algorithm>

namespace fsc {

int64_t BlockResidual(PlaneView<const int16_t> target, PlaneView<const int16_t> plane, int block_x, int block_y,
                      Block* residual) {
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  const int columns = std::min(kBlockCells, target.width - x0);
  const int rows = std::min(kBlockCells, target.height - y0);
  int64_t energy = 0;
  for (int y = 0; y < kBlockCells; ++y) {
    const int16_t* t = target.row(y0 + std::min(y, rows - 1)) + x0;
    const int16_t* p = plane.row(y0 + std::min(y, rows - 1)) + x0;
    for (int x = 0; x < kBlockCells; ++x) {
      const int i = std::min(x, columns - 1);
      const int32_t difference = t[i] - p[i];
      (*residual)[y * kBlockCells + x] = difference;
      energy += int64_t{difference} * difference;
    }
  }
  return energy;
}

int64_t UnitResidual(PlaneView<const int16_t> target, PlaneView<const int16_t> plane, int block_x, int block_y,
                     int cells, LargeBlock* residual) {
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  const int columns = std::min(cells, target.width - x0);
  const int rows = std::min(cells, target.height - y0);
  int64_t energy = 0;
  for (int y = 0; y < cells; ++y) {
    int32_t* out = residual->data() + size_t(y) * cells;
    if (y >= rows) {
      std::copy_n(out - cells, cells, out);
      continue;
    }
    const int16_t* t = target.row(y0 + y) + x0;
    const int16_t* p = plane.row(y0 + y) + x0;
    for (int x = 0; x < columns; ++x) {
      out[x] = t[x] - p[x];
      energy += int64_t{out[x]} * out[x];
    }
    for (int x = columns; x < cells; ++x) out[x] = out[columns - 1];
  }
  return energy;
}

void SuperblockCopy::TakeCells(PlaneView<const int16_t> plane, int superblock_x, int superblock_y) {
  const int x0 = superblock_x * kCells;
  const int y0 = superblock_y * kCells;
  const int columns = std::min(kCells, plane.width - x0);
  const int rows = std::min(kCells, plane.height - y0);
  for (int y = 0; y < rows; ++y) std::copy_n(plane.row(y0 + y) + x0, columns, cells_.data() + size_t(y) * kCells);
}

void SuperblockCopy::GiveCells(PlaneView<int16_t> plane, int superblock_x, int superblock_y) const {
  const int x0 = superblock_x * kCells;
  const int y0 = superblock_y * kCells;
  const int columns = std::min(kCells, plane.width - x0);
  const int rows = std::min(kCells, plane.height - y0);
  for (int y = 0; y < rows; ++y) std::copy_n(cells_.data() + size_t(y) * kCells, columns, plane.row(y0 + y) + x0);
}

void SuperblockCopy::Take(const PlaneLevels& from, PlaneView<const int16_t> plane, int superblock_x, int superblock_y) {
  levels_ = from.superblock(superblock_x, superblock_y);
  TakeCells(plane, superblock_x, superblock_y);
}

void SuperblockCopy::Give(PlaneLevels* to, PlaneView<int16_t> plane, int superblock_x, int superblock_y) const {
  to->SetSuperblock(superblock_x, superblock_y, levels_);
  GiveCells(plane, superblock_x, superblock_y);
}

}  // namespace fsc
