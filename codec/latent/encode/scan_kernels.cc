#include "codec/latent/encode/scan_kernels.h"

#include <algorithm>

#include "codec/latent/picture.h"

namespace fsc {

void ScanRowPlain(std::span<const float> row, float* block_sums, RowScan* scan) {
  for (size_t begin = 0; begin < row.size(); begin += kBlockCells) {
    const size_t block = begin / kBlockCells;
    float sum = 0;
    for (size_t i = begin; i < std::min(begin + kBlockCells, row.size()); ++i) {
      sum += row[i];
      scan->squares[i % RowScan::kPlaces] += double{row[i]} * row[i];
      scan->lowest = std::min(scan->lowest, row[i]);
      scan->highest = std::max(scan->highest, row[i]);
    }
    block_sums[block] += sum;
    scan->sums[block % RowScan::kPlaces] += sum;
  }
}

}  // namespace fsc
