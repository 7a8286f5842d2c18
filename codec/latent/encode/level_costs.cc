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

float LevelCosts::LeastLevelBits() const {
  float least = above_one[0][0][0];
  for (const auto& count_class : above_one) {
    for (const BitPair& bits : count_class) least = std::min({least, bits[0], bits[1]});
  }
  return 1 + least;
}

float LevelCosts::LeastCountBits() const {
  return *std::min_element(count.begin() + 1, count.end());
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
    float zeros = 0;
    for (int p = 0; p < kBlockCoefficients; ++p) {
      costs.bits[left][p] = BitsOf(models[left][p]);
      costs.zeros_before[left][p] = zeros;
      zeros += costs.bits[left][p][0];
    }
    costs.zeros_before[left][kBlockCoefficients] = zeros;
  }
  return costs;
}

LevelScale::LevelScale(const Dequantizer& dequantizer, float squared_steps_per_bit)
    : inverse_step(1.0f / float(dequantizer.step_q4)), lambda(squared_steps_per_bit) {
  for (int i = 0; i < 2; ++i) recentre[i] = dequantizer.recentre[i] / 64.0f;
}

uint32_t CandidatePositions(const int32_t* coefficients_q4, ptrdiff_t stride, const LevelScale& scale) {
  uint32_t positions = 0;
  for (int p = 0; p < kBlockCoefficients; ++p) {
    const int32_t c = coefficients_q4[kScan[p] / kBlockCells * stride + kScan[p] % kBlockCells];
    positions |= uint32_t{float(c < 0 ? -c : c) * scale.inverse_step >= kLeastSize} << p;
  }
  return positions;
}

uint32_t ToScanOrder(uint32_t raster) {
  // [which half of the raster][its eight bits]
  static constexpr std::array<std::array<uint16_t, 256>, 2> kOrder = [] {
    std::array<std::array<uint16_t, 256>, 2> order{};
    for (int p = 0; p < kBlockCoefficients; ++p) {
      for (int bits = 0; bits < 256; ++bits) {
        if ((bits >> (kScan[p] % 8) & 1) != 0) order[kScan[p] / 8][bits] |= uint16_t(1 << p);
      }
    }
    return order;
  }();
  return uint32_t{kOrder[0][raster & 255]} | kOrder[1][raster >> 8 & 255];
}

namespace {

// Bits that say where the levels of `set` are: m of them, one bit a position.
float SetBits(uint32_t set, int m, const PositionCosts& positions) {
  float bits = 0;
  int from = 0;
  for (int left = m; left > 0; --left) {
    const int p = std::countr_zero(set);
    if (left == kBlockCoefficients - p) {  // all that are left are levels, and say so by their number
      const int zeros = LeftClass(left);
      return bits + (positions.zeros_before[zeros][p] - positions.zeros_before[zeros][from]);
    }
    const int left_class = LeftClass(left);
    const auto& zeros = positions.zeros_before[left_class];
    bits += zeros[p] - zeros[from] + positions[left_class][p][1];
    set &= set - 1;
    from = p + 1;
  }
  return bits;
}

struct Candidate {
  float size = 0;    // |c| in steps
  float error = 0;   // squared, that coding it removes
  float saving = 0;  // that less lambda times the bits of its level
  int16_t level = 0;
  uint8_t position = 0;  // in scan order
};

// Of the two levels next to the candidate's size, the one that saves more.
void ChooseLevel(const LevelScale& scale, const LevelCosts& costs, int count_class, Candidate* candidate) {
  const float size = candidate->size;
  const int nearest = std::max(1, int(std::min(size + 0.5f, float(kMaxLevel))));
  float best = -1e30f;
  int best_level = 1;
  for (int level = std::max(1, nearest - 1); level <= nearest; ++level) {
    const float error = size - (float(level) + scale.recentre[level > 1]);
    const float removed = size * size - error * error;
    const float saving = removed - scale.lambda * costs.LevelBits(level, count_class, 0);
    if (saving > best) {
      candidate->error = removed;
      best = saving;
      best_level = level;
    }
  }
  candidate->saving = best;
  candidate->level = int16_t(candidate->level * best_level);
}

}  // namespace

LevelSet LargestSet(const LevelCandidates& given, const LevelScale& scale, const LevelCosts& costs,
                    const PositionCosts& positions, const LevelSetRule& rule, int16_t* levels) {
  const int found = std::popcount(given.positions);
  if (found == 0) return {};
  // By falling size; of one size, by position.
  std::array<Candidate, kBlockCoefficients> candidates;
  const int count_class = CountClass(found);
  int sure = 0;
  int known = 0;
  for (uint32_t rest = given.positions; rest != 0; rest &= rest - 1, ++known) {
    const int p = std::countr_zero(rest);
    const int32_t c =
        given.coefficients_q4[kScan[p] / kBlockCells * given.stride + kScan[p] % kBlockCells] * given.factor;
    Candidate candidate;
    candidate.size = float(c < 0 ? -c : c) * scale.inverse_step;
    candidate.level = c < 0 ? -1 : 1;
    candidate.position = uint8_t(p);
    ChooseLevel(scale, costs, count_class, &candidate);
    sure += rule.keeps_sure_ones && candidate.size > 1.5f;
    int at = known;
    for (; at > 0 && candidates[at - 1].size < candidate.size; --at) candidates[at] = candidates[at - 1];
    candidates[at] = candidate;
  }

  LevelSet best{.benefit = rule.least_benefit};
  float saved = 0;
  uint32_t set = 0;
  for (int m = 1; m <= found; ++m) {
    saved += candidates[m - 1].saving;
    set |= 1u << candidates[m - 1].position;
    if (m < sure) continue;
    const float fewest = rule.flag_bits + costs.count[m];
    if (saved - scale.lambda * fewest <= best.benefit) continue;
    const float benefit = saved - scale.lambda * (fewest + SetBits(set, m, positions));
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
