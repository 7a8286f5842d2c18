// quantizer.h: the encoder's choice of levels: squared error plus lambda times the bits that the real contexts
// would charge, per block. Nothing here is part of the format.
#ifndef FSC_CODEC_LATENT_ENCODE_QUANTIZER_H_
#define FSC_CODEC_LATENT_ENCODE_QUANTIZER_H_

#include <array>
#include <cstdint>
#include <span>

#include "codec/latent/encode/level_costs.h"
#include "codec/latent/residual.h"
#include "codec/latent/transform.h"

namespace fsc {

// Which sets of levels of a block are weighed.
enum class LevelSearch {
  kLargest,  // of every number of levels, the set of the largest coefficients, once all that are surely wanted are in
  kAnySet,   // every set, by dynamic programming, with the contexts of a typical one
  kExact,    // every set with its own contexts
};

struct QuantizerOptions {
  float lambda = 0.18f;  // squared steps per bit
  LevelSearch search = LevelSearch::kAnySet;
  bool large_units = true;         // weigh units of 8 and 16 cells against blocks of 4
  std::span<const float> weights;  // of squared error, of each block; empty = 1. Borrowed
};

// Costs under one state of the contexts, for one plane. Made anew for every plane that has anything to code.
class BlockQuantizer {
 public:
  BlockQuantizer(const ResidualContexts& contexts, const PlaneContext& plane, const Dequantizer& dequantizer,
                 const QuantizerOptions& options);

  struct Choice {
    int count = 0;
    int magnitude = 0;  // sum of |level|
    float benefit = 0;  // what coding the block saves over leaving it zero, in squared steps, > 0 where count > 0
  };
  // What is known of a block before its levels: PlaneLevels::NeighbourClass, BlockMap::Class,
  // PlaneLevels::SkipNeighbours.
  struct Surroundings {
    int neighbours = 0;
    int place = 0;
    int skip_neighbours = 0;
    float lambda = 0;  // squared steps per bit in this block
  };
  // Levels of a block from its coefficients (raster, 1/16 unit); `levels` is in scan order and is written where count >
  // 0.
  Choice Quantise(const Block& coefficients_q4, bool skip, const Surroundings& surroundings, int16_t* levels) const;

  // A quick guess of Choice::benefit, for choosing what to look at closely.
  float Promise(const Block& coefficients_q4, float lambda) const;

  // Bits of a block's flag.
  float FlagBits(int neighbours, int place, bool coded) const { return block_[neighbours][place][coded]; }

 private:
  Choice AnySet(const Block& coefficients_q4, bool skip, const Surroundings& surroundings, int16_t* levels) const;
  // Bits of the flags that say that a block has levels, more than those that say that it has none.
  float PresenceBits(bool skip, const Surroundings& surroundings) const {
    const BitPair& coded = block_[surroundings.neighbours][surroundings.place];
    return coded[1] - coded[0] + skip_[surroundings.skip_neighbours][skip];
  }

  QuantizerOptions options_;
  LevelScale scale_;
  std::array<std::array<BitPair, kMapClasses>, kNeighbourClasses> block_;
  std::array<BitPair, 4> skip_;
  std::array<LevelCosts, kNeighbourClasses> levels_;
  std::array<PositionCosts, 2> positions_;  // [no transform]
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_QUANTIZER_H_
