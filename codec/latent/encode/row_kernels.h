// row_kernels.h: the encoder's inner loops over a row of blocks, each as a plain twin and a vector twin. The two agree
// to the bit, and so do all instruction sets. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_ROW_KERNELS_H_
#define FSC_CODEC_LATENT_ENCODE_ROW_KERNELS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/latent/picture.h"

namespace fsc {

// Sums of a row: of target times prediction, and of the prediction's squares; a prediction of -32768 counts as -32767.
struct RowProducts {
  int64_t cross = 0;
  int64_t energy = 0;
};
RowProducts ProductsOf(const int16_t* target, const int16_t* prediction, size_t count);
RowProducts ProductsOfPlain(const int16_t* target, const int16_t* prediction, size_t count);

// Four rows of numbers, room for the last block and the longest vector included.
class BlockRow {
 public:
  explicit BlockRow(int blocks) : stride_((size_t(blocks) * kBlockCells + 15) / 16 * 16), numbers_(4 * stride_) {}
  int32_t* row(int y) { return numbers_.data() + size_t(y) * stride_; }
  const int32_t* row(int y) const { return numbers_.data() + size_t(y) * stride_; }
  size_t stride() const { return stride_; }

 private:
  size_t stride_;
  std::vector<int32_t> numbers_;
};

// Target less prediction for a row of blocks; outside the plane the edge repeats, so that the transform sees no jump.
// energies[b] is the sum of squares of block b, each number taken as at most 8191: exact below kExactEnergy.
inline constexpr int64_t kExactEnergy = int64_t{8191} * 8191;
void ResidualsOf(PlaneView<const int16_t> target, PlaneView<const int16_t> prediction, int block_y, BlockRow* residuals,
                 uint32_t* energies);
void ResidualsOfPlain(PlaneView<const int16_t> target, PlaneView<const int16_t> prediction, int block_y,
                      BlockRow* residuals, uint32_t* energies);

// Four neighbouring blocks, transformed (ForwardTransformQ4) and looked at: what levels of them could save, in squared
// steps. Sizes s are numbers over the step; columns are added from the first row to the last, then the four columns of
// a block as (0 + 1) + (2 + 3).
struct FourBlocks {
  static constexpr int kBlocks = 4;
  // In: of each block. A size counts as far as its square is more than the price.
  std::array<float, kBlocks> price;        // about that of a level
  std::array<float, kBlocks> least_price;  // no level costs less
  std::array<float, kBlocks> least_size;   // of a size that gets a level
  // Out: of the coefficients, and of the residual as it is (times 16, without transform).
  struct Look {
    std::array<float, kBlocks> promise;       // sum of s s - price, where that is positive
    std::array<float, kBlocks> most;          // the same with least_price
    std::array<uint16_t, kBlocks> positions;  // bit i: the number at raster place i of the block is so large
  };
  Look transformed;
  Look plain;
};
// `residuals` and `coefficients_q4` point at the first of 16 columns; four rows, `stride` numbers apart.
void TransformFour(const int32_t* residuals, size_t stride, float inverse_step, int32_t* coefficients_q4,
                   FourBlocks* blocks);
void TransformFourPlain(const int32_t* residuals, size_t stride, float inverse_step, int32_t* coefficients_q4,
                        FourBlocks* blocks);

// What the first four modes leave of a row of whole blocks (docs/latent-mode.md, "Modes"): the first reference's
// prediction, the second's, the mean of both, none. Adds EnergyCost(sum of squares * scale) to costs[mode][block].
struct ModeRows {
  PlaneView<const int16_t> target;
  PlaneView<const int16_t> first;  // the references as moved; they may be anything where they do not count
  PlaneView<const int16_t> second;
  int first_row = 0;
  int blocks = 0;
  float scale = 0;
  std::array<float*, 4> costs;  // null: the mode does not exist
};
void AddModeCosts(const ModeRows& rows);
void AddModeCostsPlain(const ModeRows& rows);

// Cost of coding a block of residual energy `squared_steps`: error while it stays zero, then error plus bits: K (1 +
// ln(x / K)). The logarithm is the chord between powers of two, so that every machine decides alike.
float EnergyCost(float squared_steps);
inline constexpr float kEnergyKnee = 2.5f;  // K
inline constexpr float kLog2 = 0.6931472f;

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_ROW_KERNELS_H_
