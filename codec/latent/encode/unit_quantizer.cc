#include "codec/latent/encode/unit_quantizer.h"

namespace fsc {

UnitQuantizer::UnitQuantizer(const ResidualContexts& contexts, const PlaneContext& plane, int unit_blocks,
                             const Dequantizer& dequantizer)
    : unit_blocks_(unit_blocks), scale_(dequantizer, 0) {
  const int size = UnitSize(unit_blocks);
  const UnitContexts& units = contexts.units;
  for (int n = 0; n < kNeighbourClasses; ++n) {
    for (int m = 0; m < kMapClasses; ++m) coded_[n][m] = BitsOf(units.coded[size][plane.activity / 2][n][m]);
  }
  const int groups = unit_blocks * unit_blocks;
  float longer = 0;
  for (int group = 0; group < groups; ++group) {
    const BitPair bits = group + 1 < groups ? BitsOf(units.last[size][group]) : BitPair{};
    last_[group] = longer + bits[0];
    longer += bits[1];
  }
  for (int i = 0; i < 4; ++i) group_[i] = BitsOf(units.group[size][i]);
  for (int high = 0; high < 2; ++high) {
    LevelCosts& levels = levels_[high];
    levels.SetCount(units.count[size][high]);
    for (int above = 0; above < 3; ++above) {
      for (int c = 0; c < 3; ++c) levels.above_one[c][above] = BitsOf(units.above_one[size][high][c][above]);
      levels.above_two[above] = BitsOf(units.above_two[size][high][above]);
    }
    for (int i = 0; i < kMagnitudePrefix; ++i) levels.prefix[i] = BitsOf(units.prefix[size][high][i]);
    positions_[high] = PositionCostsOf(units.significant[size][high]);
  }
}

UnitQuantizer::Choice UnitQuantizer::Quantise(const LargeBlock& coefficients_q4, int neighbours, int place,
                                              float lambda, Groups* levels,
                                              std::array<uint8_t, kBlockCoefficients>* counts) const {
  LevelScale scale = scale_;
  scale.lambda = lambda;
  const int groups = unit_blocks_ * unit_blocks_;
  const int stride = unit_blocks_ * kBlockCells;
  constexpr LevelSetRule kAnyBenefit{.least_benefit = -1e30f};  // whether a group pays hangs on those around it
  std::array<LevelSet, kBlockCoefficients> choices;
  std::array<bool, kBlockCoefficients> kept{};
  std::array<std::array<bool, 5>, 5> coded{};  // [row + 1][column + 1]
  float before = 0;                            // benefit of the groups so far, if another follows
  float best = 0;
  int end = -1;
  for (int group = 0; group < groups; ++group) {
    const GroupPlace at = PlaceOf(group, unit_blocks_);
    const int32_t* coefficients = coefficients_q4.data() + (at.y * stride + at.x) * kBlockCells;
    LevelSet& choice = choices[group];
    choice = LargestSet(coefficients, stride, scale, levels_[group > 0], positions_[group > 0], kAnyBenefit,
                        (*levels)[at.y * unit_blocks_ + at.x].data());
    if (choice.count > 0) {
      const float total = before + choice.benefit - lambda * last_[group];
      if (total > best) {
        best = total;
        end = group;
      }
    }
    const BitPair& flag = group_[group == 0 ? 3 : coded[at.y][at.x + 1] + coded[at.y + 1][at.x]];
    const float with = choice.benefit - lambda * flag[1];
    const float without = -lambda * flag[0];
    kept[group] = choice.count > 0 && with > without;
    coded[at.y + 1][at.x + 1] = kept[group];
    before += kept[group] ? with : without;
  }
  const BitPair& flag = coded_[neighbours][place];
  best -= lambda * (flag[1] - flag[0]);
  if (end < 0 || best <= 0) return {};
  Choice result{0, 0, best};
  for (int group = 0; group < groups; ++group) {
    const GroupPlace at = PlaceOf(group, unit_blocks_);
    const int raster = at.y * unit_blocks_ + at.x;
    const bool has_levels = group == end || (group < end && kept[group]);
    (*counts)[raster] = has_levels ? uint8_t(choices[group].count) : uint8_t{0};
    if (has_levels) {
      result.magnitude += choices[group].magnitude;
      result.saved += choices[group].saved;
    } else {
      (*levels)[raster].fill(0);
    }
  }
  return result;
}

}  // namespace fsc
