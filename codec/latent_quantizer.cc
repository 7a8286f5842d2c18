#include "codec/latent_quantizer.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fsc {
namespace {

constexpr float kLeastSize = 0.5f;  // in steps, of a coefficient that may get a level

std::array<float, 2> Bits(const BitModel& model) {
  return {BitCost256(model, false) / 256.0f, BitCost256(model, true) / 256.0f};
}

}  // namespace

BlockQuantizer::BlockQuantizer(const ResidualContexts& contexts, const PlaneContext& plane,
                               const Dequantizer& dequantizer, const QuantizerOptions& options)
    : options_(options), inverse_step_(1.0f / float(dequantizer.step_q4)) {
  const int activity = plane.activity;
  for (int i = 0; i < 4; ++i) skip_[i] = Bits(contexts.skip[plane.lean][i]);
  for (int i = 0; i < 2; ++i) recentre_[i] = dequantizer.recentre[i] / 64.0f;
  for (int n = 0; n < kNeighbourClasses; ++n) {
    for (int m = 0; m < kMapClasses; ++m) block_[n][m] = Bits(contexts.block[activity][n][m]);
    float longer = 0;
    for (int count = 1; count <= kBlockCoefficients; ++count) {
      if (count == kBlockCoefficients) {
        count_[n][count] = longer;
        break;
      }
      const Pair bits = Bits(contexts.count[activity / 2][n][count - 1]);
      count_[n][count] = longer + bits[0];
      longer += bits[1];
    }
    for (int above = 0; above < 3; ++above) {
      for (int c = 0; c < 3; ++c) above_one_[c][n][above] = Bits(contexts.above_one[c][n][above]);
      above_two_[n][above] = Bits(contexts.above_two[n][above]);
    }
    for (int i = 0; i < kMagnitudePrefix; ++i) prefix_[n][i] = Bits(contexts.prefix[n][i]);
  }
  for (int left = 0; left < 4; ++left) {
    for (int p = 0; p < kBlockCoefficients; ++p) {
      for (int skip = 0; skip < 2; ++skip) significant_[skip][left][p] = Bits(contexts.significant[skip][left][p]);
    }
  }
}

float BlockQuantizer::LevelBits(int magnitude, int count_class, int neighbours, int above) const {
  const float sign = 1;
  if (magnitude == 1) return sign + above_one_[count_class][neighbours][above][0];
  float bits = sign + above_one_[count_class][neighbours][above][1];
  if (magnitude == 2) return bits + above_two_[neighbours][above][0];
  bits += above_two_[neighbours][above][1];
  const int length = std::bit_width(uint32_t(magnitude - 2)) - 1;
  for (int i = 0; i < length && i + 1 < kMagnitudePrefix; ++i) bits += prefix_[neighbours][i][1];
  if (length + 1 < kMagnitudePrefix) bits += prefix_[neighbours][length][0];
  return bits + float(length);
}

float BlockQuantizer::Promise(const Block& coefficients_q4) const {
  const float price = 6 * options_.lambda;
  float sum = 0;
  for (const int32_t c : coefficients_q4) {
    const float size = float(c) * inverse_step_;
    const float square = size * size;
    sum += square > price ? square - price : 0;
  }
  return sum;
}

BlockQuantizer::Choice BlockQuantizer::Quantise(const Block& coefficients_q4, bool skip,
                                                const Surroundings& surroundings, int16_t* levels) const {
  return options_.search == LevelSearch::kLargest ? LargestSets(coefficients_q4, skip, surroundings, levels)
                                                  : AnySet(coefficients_q4, skip, surroundings, levels);
}

BlockQuantizer::Choice BlockQuantizer::LargestSets(const Block& coefficients_q4, bool skip,
                                                   const Surroundings& surroundings, int16_t* levels) const {
  const int neighbours = surroundings.neighbours;
  struct Candidate {
    float size;    // |c| in steps
    float saving;  // squared error that coding it removes, less lambda times the bits of its level
    int16_t level;
    uint8_t position;  // in scan order
  };
  std::array<Candidate, kBlockCoefficients> candidates;
  int found = 0;
  int sure = 0;
  for (int p = 0; p < kBlockCoefficients; ++p) {
    const int32_t c = coefficients_q4[kScan[p]];
    const float size = float(c < 0 ? -c : c) * inverse_step_;
    if (size < kLeastSize) continue;
    sure += size > 1.5f;
    candidates[found++] = {size, 0, int16_t(c < 0 ? -1 : 1), uint8_t(p)};
  }
  if (found == 0) return {};
  std::sort(candidates.begin(), candidates.begin() + found, [](const Candidate& a, const Candidate& b) {
    return a.size != b.size ? a.size > b.size : a.position < b.position;
  });
  const float lambda = options_.lambda;
  const int count_class = CountClass(found);
  for (int i = 0; i < found; ++i) {
    Candidate& candidate = candidates[i];
    const int nearest = int(std::min(candidate.size + 0.5f, float(kMaxLevel)));
    float best = -1e30f;
    int best_level = 1;
    for (int level = std::max(1, nearest - 1); level <= std::max(1, nearest); ++level) {
      const float error = candidate.size - (float(level) + recentre_[level > 1]);
      const float saving =
          candidate.size * candidate.size - error * error - lambda * LevelBits(level, count_class, neighbours, 0);
      if (saving > best) {
        best = saving;
        best_level = level;
      }
    }
    candidate.saving = best;
    candidate.level = int16_t(candidate.level * best_level);
  }

  // Of every size, the set of the largest coefficients.
  float best = 0;
  int best_count = 0;
  float saved = 0;
  uint32_t set = 0;
  const float flag = PresenceBits(skip, surroundings);
  for (int m = 1; m <= found; ++m) {
    saved += candidates[m - 1].saving;
    set |= 1u << candidates[m - 1].position;
    if (m < sure) continue;
    float bits = flag + count_[neighbours][m];
    int left = m;
    for (int p = 0; left > 0 && left < kBlockCoefficients - p; ++p) {
      const bool bit = (set >> p & 1) != 0;
      bits += significant_[skip][LeftClass(left)][p][bit];
      left -= bit;
    }
    const float benefit = saved - lambda * bits;
    if (benefit > best) {
      best = benefit;
      best_count = m;
    }
  }
  if (best_count == 0) return {};
  Choice choice{best_count, 0, best};
  std::fill_n(levels, kBlockCoefficients, int16_t{0});
  for (int i = 0; i < best_count; ++i) {
    levels[candidates[i].position] = candidates[i].level;
    choice.magnitude += candidates[i].level < 0 ? -candidates[i].level : candidates[i].level;
  }
  return choice;
}

// From the last position to the first: what the rest of the block can save at best, for every number of levels `left`
// in it and of levels above one before it. Levels are coded after their number, so contexts of magnitude hang on the
// class of that: the exact search makes one pass for each class, the other one for all.
BlockQuantizer::Choice BlockQuantizer::AnySet(const Block& coefficients_q4, bool skip, const Surroundings& surroundings,
                                              int16_t* levels) const {
  constexpr int kAbove = 3;
  const bool exact = options_.search == LevelSearch::kExact;
  struct Position {
    int options = 0;
    std::array<int, 2> magnitude;  // the nearest level and the one below
    std::array<float, 2> saving;   // squared error that it removes
  };
  std::array<Position, kBlockCoefficients> positions;
  int found = 0;
  int above_classes = 1;  // more only where a level above one is possible
  for (int p = 0; p < kBlockCoefficients; ++p) {
    Position& position = positions[p];
    const int32_t c = coefficients_q4[kScan[p]];
    const float size = float(c < 0 ? -c : c) * inverse_step_;
    if (size < kLeastSize) continue;
    ++found;
    const int nearest = std::max(1, int(std::min(size + 0.5f, float(kMaxLevel))));
    if (nearest > 1 && exact) above_classes = kAbove;
    for (int magnitude = std::max(1, nearest - 1); magnitude <= nearest; ++magnitude) {
      const float error = size - (float(magnitude) + recentre_[magnitude > 1]);
      position.magnitude[position.options] = magnitude;
      position.saving[position.options++] = size * size - error * error;
    }
  }
  if (found == 0) return {};

  // How many levels positions p and later have: at most those that may, at least nearly those that are large.
  std::array<int, kBlockCoefficients + 1> least = {};
  std::array<int, kBlockCoefficients + 1> most = {};
  for (int p = kBlockCoefficients - 1, large = 0; p >= 0; --p) {
    large += positions[p].options == 2;
    least[p] = std::max(0, large - 1);
    most[p] = most[p + 1] + (positions[p].options > 0);
  }

  constexpr float kNever = -1e30f;
  // [position][left + 1][above]; kNever at both ends of what is used.
  std::array<std::array<std::array<float, kAbove>, kBlockCoefficients + 3>, kBlockCoefficients + 1> value;
  std::array<std::array<std::array<uint8_t, kAbove>, kBlockCoefficients + 1>, kBlockCoefficients> option;
  value[kBlockCoefficients][0].fill(kNever);
  value[kBlockCoefficients][1].fill(0);
  value[kBlockCoefficients][2].fill(kNever);
  const float lambda = options_.lambda;
  const float flag = PresenceBits(skip, surroundings);
  Choice choice;
  for (int first = 1, last = 0; first <= found; first = last + 1) {
    last = !exact ? found : std::min(found, first == 1 ? 1 : first == 2 ? 3 : kBlockCoefficients);
    const int count_class = CountClass(exact ? first : found);
    if (last < least[0]) continue;
    for (int p = kBlockCoefficients - 1; p >= 0; --p) {
      const Position& position = positions[p];
      std::array<std::array<float, kAbove>, 2> saving;  // [option][above], magnitude and sign paid
      for (int o = 0; o < position.options; ++o) {
        for (int above = 0; above < above_classes; ++above) {
          saving[o][above] = position.saving[o] -
                             lambda * LevelBits(position.magnitude[o], count_class, surroundings.neighbours, above);
        }
      }
      const int remaining = kBlockCoefficients - p;
      const int high = std::min(last, most[p]);
      auto& row = value[p];
      const auto& next = value[p + 1];
      row[least[p]].fill(kNever);
      row[high + 2].fill(kNever);
      for (int left = least[p]; left <= high; ++left) {
        if (left == 0) {
          row[1].fill(0);
          option[p][0].fill(0);
          continue;
        }
        const bool said = left < remaining;
        const Pair& bits = significant_[skip][LeftClass(left)][p];
        for (int above = 0; above < above_classes; ++above) {
          float best = said ? next[left + 1][above] - lambda * bits[0] : kNever;
          uint8_t chosen = 0;
          for (int o = 0; o < position.options; ++o) {
            const int above_after = std::min(above_classes - 1, above + (position.magnitude[o] > 1));
            const float benefit = next[left][above_after] + saving[o][above] - (said ? lambda * bits[1] : 0.0f);
            if (benefit > best) {
              best = benefit;
              chosen = uint8_t(o + 1);
            }
          }
          row[left + 1][above] = best;
          option[p][left][above] = chosen;
        }
      }
    }
    for (int count = std::max(first, least[0]); count <= last; ++count) {
      const float benefit = value[0][count + 1][0] - lambda * (flag + count_[surroundings.neighbours][count]);
      if (benefit <= choice.benefit) continue;
      choice = {count, 0, benefit};
      int left = count;
      int above = 0;
      for (int p = 0; p < kBlockCoefficients; ++p) {
        const int chosen = option[p][left][above];
        levels[p] = 0;
        if (chosen == 0) continue;
        const int magnitude = positions[p].magnitude[chosen - 1];
        levels[p] = int16_t(coefficients_q4[kScan[p]] < 0 ? -magnitude : magnitude);
        choice.magnitude += magnitude;
        --left;
        above = std::min(above_classes - 1, above + (magnitude > 1));
      }
    }
  }
  return choice;
}

}  // namespace fsc
