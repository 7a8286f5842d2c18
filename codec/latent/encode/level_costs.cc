#include "codec/latent/encode/level_costs.h"

#include <algorithm>
#include <bit>

namespace fsc {

BitPair BitsOf(const BitModel& model) {
  return {BitCost256(model, false) / 256.0f, BitCost256(model, true) / 256.0f};
}

void LevelCosts::SetCount(const std::array<BitModel, kBlockCoefficients - 1>& models) {
  float longer = 0;
  for (int n = 1; n < kBlockCoefficients; ++n) {
    const BitPair bits = BitsOf(models[n - 1]);
    count[n] = longer + bits[0];
    longer += bits[1];
  }
  count[kBlockCoefficients] = longer;
}

float LevelCosts::LevelBits(int magnitude, int count_class, int above) const {
  const float sign = 1;
  if (magnitude == 1) return sign + above_one[count_class][above][0];
  float bits = sign + above_one[count_class][above][1];
  if (magnitude == 2) return bits + above_two[above][0];
  bits += above_two[above][1];
  const int length = std::bit_width(uint32_t(magnitude - 2)) - 1;
  for (int i = 0; i < length && i + 1 < kMagnitudePrefix; ++i) bits += prefix[i][1];
  if (length + 1 < kMagnitudePrefix) bits += prefix[length][0];
  return bits + float(length);
}

PositionCosts PositionCostsOf(const std::array<std::array<BitModel, kBlockCoefficients>, 4>& models) {
  PositionCosts costs;
  for (int left = 0; left < 4; ++left) {
    for (int p = 0; p < kBlockCoefficients; ++p) costs[left][p] = BitsOf(models[left][p]);
  }
  return costs;
}

LevelScale::LevelScale(const Dequantizer& dequantizer, float squared_steps_per_bit)
    : inverse_step(1.0f / float(dequantizer.step_q4)), lambda(squared_steps_per_bit) {
  for (int i = 0; i < 2; ++i) recentre[i] = dequantizer.recentre[i] / 64.0f;
}

LevelSet LargestSet(const int32_t* coefficients_q4, int stride, const LevelScale& scale, const LevelCosts& costs,
                    const PositionCosts& positions, const LevelSetRule& rule, int16_t* levels) {
  struct Candidate {
    float size;    // |c| in steps
    float error;   // squared, that coding it removes
    float saving;  // that less lambda times the bits of its level
    int16_t level;
    uint8_t position;  // in scan order
  };
  std::array<Candidate, kBlockCoefficients> candidates;
  int found = 0;
  int sure = 0;
  for (int p = 0; p < kBlockCoefficients; ++p) {
    const int32_t c = coefficients_q4[kScan[p] / kBlockCells * stride + kScan[p] % kBlockCells];
    const float size = float(c < 0 ? -c : c) * scale.inverse_step;
    if (size < kLeastSize) continue;
    sure += rule.keeps_sure_ones && size > 1.5f;
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
      const float error = candidate.size - (float(level) + scale.recentre[level > 1]);
      const float removed = candidate.size * candidate.size - error * error;
      const float saving = removed - scale.lambda * costs.LevelBits(level, count_class, 0);
      if (saving > best) {
        candidate.error = removed;
        best = saving;
        best_level = level;
      }
    }
    candidate.saving = best;
    candidate.level = int16_t(candidate.level * best_level);
  }

  LevelSet best{.benefit = rule.least_benefit};
  float saved = 0;
  uint32_t set = 0;
  for (int m = 1; m <= found; ++m) {
    saved += candidates[m - 1].saving;
    set |= 1u << candidates[m - 1].position;
    if (m < sure) continue;
    float bits = rule.flag_bits + costs.count[m];
    int left = m;
    for (int p = 0; left > 0 && left < kBlockCoefficients - p; ++p) {
      const bool bit = (set >> p & 1) != 0;
      bits += positions[LeftClass(left)][p][bit];
      left -= bit;
    }
    const float benefit = saved - scale.lambda * bits;
    if (benefit > best.benefit) {
      best.benefit = benefit;
      best.count = m;
    }
  }
  if (best.count == 0) return {};
  std::fill_n(levels, kBlockCoefficients, int16_t{0});
  for (int i = 0; i < best.count; ++i) {
    levels[candidates[i].position] = candidates[i].level;
    best.saved += candidates[i].error;
    best.magnitude += candidates[i].level < 0 ? -candidates[i].level : candidates[i].level;
  }
  return best;
}

}  // namespace fsc
