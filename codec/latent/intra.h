// intra.h: prediction of a block of 4 x 4 cells from the cells of its own plane that were decoded before: mean,
// planar and 15 directions in the manner of HEVC (Lainema, Bossen, Han, Min, Ugur, "Intra Coding of the HEVC Standard",
// IEEE TCSVT 22(12), 2012). Part of the format (docs/latent-mode.md, "Intra prediction").
#ifndef FSC_CODEC_LATENT_INTRA_H_
#define FSC_CODEC_LATENT_INTRA_H_

#include <array>
#include <cstdint>

#include "codec/latent/picture.h"
#include "codec/latent/prediction.h"
#include "codec/latent/transform.h"

namespace fsc {

// The cells around a block: [0] the one above and left of it, [1..4] along the block, [5..8] further on.
struct IntraEdges {
  static constexpr int kCells = 2 * kBlockCells + 1;

  bool any = false;  // false: neither a cell left of the block nor one above it exists; nothing else is set
  int mean = 0;      // of the cells left of the block and above it
  std::array<int32_t, kCells> top;
  std::array<int32_t, kCells> left;
};

// The edges of a block inside `plane`; cells that do not exist, or are not decoded by then in every size of unit,
// repeat the last one before them.
IntraEdges ReadIntraEdges(PlaneView<const int16_t> plane, int block_x, int block_y);

// The prediction, times gain / 16: raster 4 x 4, cells outside the plane included (there they repeat the rule, and mean
// nothing). `mode` is not inter.
using IntraBlock = std::array<int16_t, kBlockCoefficients>;
void PredictFromEdges(const IntraEdges& edges, int block_x, int block_y, BlockMode mode, int gain, IntraBlock* out);
// Both steps, no more of them than the mode needs.
void PredictIntraBlock(PlaneView<const int16_t> plane, int block_x, int block_y, BlockMode mode, int gain,
                       IntraBlock* out);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_INTRA_H_
