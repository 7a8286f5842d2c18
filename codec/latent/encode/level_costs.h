// level_costs.h: what the 16 levels of a block, or of a group of a larger unit, cost under one state of the
// contexts, and the cheapest of their nested sets. The encoder's business; nothing here is part of the format.
#ifndef FSC_CODEC_LATENT_ENCODE_LEVEL_COSTS_H_
#define FSC_CODEC_LATENT_ENCODE_LEVEL_COSTS_H_

#include <array>
#include <cstdint>

#include "codec/latent/residual.h"
#include "codec/latent/transform.h"

namespace fsc {

using BitPair = std::array<float, 2>;  // bits of a zero, of a one

BitPair BitsOf(const BitModel& model);

// Of the number of levels and of each level.
struct LevelCosts {
  std::array<float, kBlockCoefficients + 1> count;  // [0] is not used
  std::array<std::array<BitPair, 3>, 3> above_one;  // [count class][levels above one before it, at most 2]
  std::array<BitPair, 3> above_two;
  std::array<BitPair, kMagnitudePrefix> prefix;

  // Fills `count` from the models of "there are more than i + 1".
  void SetCount(const std::array<BitModel, kBlockCoefficients - 1>& models);
  // Bits of a level and its sign. `magnitude` > 0.
  float LevelBits(int magnitude, int count_class, int above) const;
};

// Of the positions: [levels left, by LeftClass][position in scan order].
using PositionCosts = std::array<std::array<BitPair, kBlockCoefficients>, 4>;
PositionCosts PositionCostsOf(const std::array<std::array<BitModel, kBlockCoefficients>, 4>& models);

// How squared error and bits are weighed.
struct LevelScale {
  float inverse_step = 0;              // 1 / step, of coefficients in 1/16 unit
  std::array<float, 2> recentre = {};  // by which a decoded level of one, above one, lies off its number of steps
  float lambda = 0;                    // squared steps per bit

  LevelScale(const Dequantizer& dequantizer, float squared_steps_per_bit);
};
inline constexpr float kLeastSize = 0.5f;  // in steps, of a coefficient that may get a level

struct LevelSet {
  int count = 0;
  int magnitude = 0;  // sum of |level|
  float saved = 0;    // squared error that the levels remove, in squared steps
  float benefit = 0;  // of that, what is left after lambda times the bits
};

// Which sets LargestSet() takes.
struct LevelSetRule {
  float flag_bits = 0;           // paid with any set
  float least_benefit = 0;       // the set must give more
  bool keeps_sure_ones = false;  // coefficients above 1.5 steps are in
};

// Of every number of levels, the set of the largest coefficients: the best of these. 4 x 4 coefficients, `stride`
// numbers from row to row. `levels`: 16, in scan order; written where the set has any.
LevelSet LargestSet(const int32_t* coefficients_q4, int stride, const LevelScale& scale, const LevelCosts& costs,
                    const PositionCosts& positions, const LevelSetRule& rule, int16_t* levels);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_LEVEL_COSTS_H_
