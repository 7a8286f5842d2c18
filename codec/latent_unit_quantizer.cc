#include "codec/latent_unit_quantizer.h"

#include <algorithm>
#include <bit>

namespace fsc {
namespace {

std::array<float, 2> Bits(const BitModel& model) {
  return {BitCost256(model, false) / 256.0f, BitCost256(model, true) / 256.0f};
}

}  // namespace

UnitQuantizer::UnitQuantizer(const ResidualContexts& contexts, const PlaneContext& plane, int unit_blocks,
                             const Dequantizer& dequantizer, float lambda)
    : unit_blocks_(unit_blocks), lambda_(lambda), inverse_step_(1.0f / float(dequantizer.step_q4)) {
  const int size = UnitSize(unit_blocks);
  const UnitContexts& units = contexts.units;
  for (int i = 0; i < 2; ++i) recentre_[i] = dequantizer.recentre[i] / 64.0f;
  for (int n = 0; n < kNeighbourClasses; ++n) {
    for (int m = 0; m < kMapClasses; ++m) coded_[n][m] = Bits(units.coded[size][plane.activity / 2][n][m]);
  }
  const int groups = unit_blocks * unit_blocks;
  float longer = 0;
  for (int group = 0; group < groups; ++group) {
    const Pair bits = group + 1 < groups ? Bits(units.last[size][group]) : Pair{};
    last_[group] = longer + bits[0];
    longer += bits[1];
  }
  for (int i = 0; i < 4; ++i) group_[i] = Bits(units.group[size][i]);
  for (int high = 0; high < 2; ++high) {
    longer = 0;
    for (int count = 1; count <= kBlockCoefficients; ++count) {
      const Pair bits = count < kBlockCoefficients ? Bits(units.count[size][high][count - 1]) : Pair{};
      count_[high][count] = longer + bits[0];
      longer += bits[1];
    }
    for (int left = 0; left < 4; ++left) {
      for (int p = 0; p < kBlockCoefficients; ++p) {
        significant_[high][left][p] = Bits(units.significant[size][high][left][p]);
      }
    }
    for (int c = 0; c < 3; ++c) above_one_[high][c] = Bits(units.above_one[size][high][c][0]);
    above_two_[high] = Bits(units.above_two[size][high][0]);
    for (int i = 0; i < kMagnitudePrefix; ++i) prefix_[high][i] = Bits(units.prefix[size][high][i]);
  }
}

float UnitQuantizer::LevelBits(int magnitude, int high, int count_class) const {
  const float sign = 1;
  if (magnitude == 1) return sign + above_one_[high][count_class][0];
  float bits = sign + above_one_[high][count_class][1];
  if (magnitude == 2) return bits + above_two_[high][0];
  bits += above_two_[high][1];
  const int length = std::bit_width(uint32_t(magnitude - 2)) - 1;
  for (int i = 0; i < length && i + 1 < kMagnitudePrefix; ++i) bits += prefix_[high][i][1];
  if (length + 1 < kMagnitudePrefix) bits += prefix_[high][length][0];
  return bits + float(length);
}

UnitQuantizer::GroupChoice UnitQuantizer::QuantiseGroup(const int32_t* coefficients_q4, int stride, int high,
                                                        int16_t* levels) const {
  struct Candidate {
    float size;    // |c| in steps
    float error;   // squared, that coding it removes
    float saving;  // that less lambda times the bits of its level
    int16_t level;
    uint8_t position;  // in scan order
  };
  std::array<Candidate, kBlockCoefficients> candidates;
  int found = 0;
  for (int p = 0; p < kBlockCoefficients; ++p) {
    const int32_t c = coefficients_q4[kScan[p] / kBlockCells * stride + kScan[p] % kBlockCells];
    const float size = float(c < 0 ? -c : c) * inverse_step_;
    if (size < 0.5f) continue;
    candidates[found++] = {size, 0, 0, int16_t(c < 0 ? -1 : 1), uint8_t(p)};
  }
  if (found == 0) return {};
  std::sort(candidates.begin(), candidates.begin() + found, [](const Candidate& a, const Candidate& b) {
    return a.size != b.size ? a.size > b.size : a.position < b.position;
  });
  const int count_class = CountClass(found);
  for (int i = 0; i < found; ++i) {
    Candidate& candidate = candidates[i];
    const int nearest = int(std::min(candidate.size + 0.5f, float(kMaxLevel)));
    float best = -1e30f;
    int best_level = 1;
    for (int level = std::max(1, nearest - 1); level <= std::max(1, nearest); ++level) {
      const float error = candidate.size - (float(level) + recentre_[level > 1]);
      const float removed = candidate.size * candidate.size - error * error;
      const float saving = removed - lambda_ * LevelBits(level, high, count_class);
      if (saving > best) {
        candidate.error = removed;
        best = saving;
        best_level = level;
      }
    }
    candidate.saving = best;
    candidate.level = int16_t(candidate.level * best_level);
  }

  // Of every size, the set of the largest coefficients.
  GroupChoice choice;
  choice.benefit = -1e30f;
  float saved = 0;
  uint32_t set = 0;
  for (int m = 1; m <= found; ++m) {
    saved += candidates[m - 1].saving;
    set |= 1u << candidates[m - 1].position;
    float bits = count_[high][m];
    int left = m;
    for (int p = 0; left > 0 && left < kBlockCoefficients - p; ++p) {
      const bool bit = (set >> p & 1) != 0;
      bits += significant_[high][LeftClass(left)][p][bit];
      left -= bit;
    }
    const float benefit = saved - lambda_ * bits;
    if (benefit > choice.benefit) {
      choice.benefit = benefit;
      choice.count = m;
    }
  }
  std::fill_n(levels, kBlockCoefficients, int16_t{0});
  for (int i = 0; i < choice.count; ++i) {
    levels[candidates[i].position] = candidates[i].level;
    choice.saved += candidates[i].error;
    choice.magnitude += candidates[i].level < 0 ? -candidates[i].level : candidates[i].level;
  }
  return choice;
}

UnitQuantizer::Choice UnitQuantizer::Quantise(const LargeBlock& coefficients_q4, int neighbours, int place,
                                              Groups* levels, std::array<uint8_t, kBlockCoefficients>* counts) const {
  const int groups = unit_blocks_ * unit_blocks_;
  const int stride = unit_blocks_ * kBlockCells;
  std::array<GroupChoice, kBlockCoefficients> choices;
  std::array<bool, kBlockCoefficients> kept{};
  std::array<std::array<bool, 5>, 5> coded{};  // [row + 1][column + 1]
  float before = 0;                            // benefit of the groups so far, if another follows
  float best = 0;
  int end = -1;
  for (int group = 0; group < groups; ++group) {
    const GroupPlace at = PlaceOf(group, unit_blocks_);
    GroupChoice& choice = choices[group];
    choice = QuantiseGroup(coefficients_q4.data() + at.y * kBlockCells * stride + at.x * kBlockCells, stride, group > 0,
                           (*levels)[at.y * unit_blocks_ + at.x].data());
    if (choice.count > 0) {
      const float total = before + choice.benefit - lambda_ * last_[group];
      if (total > best) {
        best = total;
        end = group;
      }
    }
    const Pair& flag = group_[group == 0 ? 3 : coded[at.y][at.x + 1] + coded[at.y + 1][at.x]];
    const float with = choice.benefit - lambda_ * flag[1];
    const float without = -lambda_ * flag[0];
    kept[group] = choice.count > 0 && with > without;
    coded[at.y + 1][at.x + 1] = kept[group];
    before += kept[group] ? with : without;
  }
  const Pair& flag = coded_[neighbours][place];
  best -= lambda_ * (flag[1] - flag[0]);
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
