#include "codec/latent/encode/quantizer.h"

#include <algorithm>

namespace fsc {

BlockQuantizer::BlockQuantizer(const ResidualContexts& contexts, const PlaneContext& plane,
                               const Dequantizer& dequantizer, const QuantizerOptions& options)
    : options_(options), scale_(dequantizer, options.lambda) {
  const int activity = plane.activity;
  for (int i = 0; i < 4; ++i) skip_[i] = BitsOf(contexts.skip[plane.lean][i]);
  for (int n = 0; n < kNeighbourClasses; ++n) {
    for (int m = 0; m < kMapClasses; ++m) block_[n][m] = BitsOf(contexts.block[activity][n][m]);
    LevelCosts& levels = levels_[n];
    levels.SetCount(contexts.count[activity / 2][n]);
    for (int above = 0; above < 3; ++above) {
      for (int c = 0; c < 3; ++c) levels.above_one[c][above] = BitsOf(contexts.above_one[c][n][above]);
      levels.above_two[above] = BitsOf(contexts.above_two[n][above]);
    }
    for (int i = 0; i < kMagnitudePrefix; ++i) levels.prefix[i] = BitsOf(contexts.prefix[n][i]);
  }
  for (int skip = 0; skip < 2; ++skip) positions_[skip] = PositionCostsOf(contexts.significant[skip]);
}

float BlockQuantizer::Promise(const Block& coefficients_q4, float lambda) const {
  const float price = 6 * lambda;
  float sum = 0;
  for (const int32_t c : coefficients_q4) {
    const float size = float(c) * scale_.inverse_step;
    const float square = size * size;
    sum += square > price ? square - price : 0;
  }
  return sum;
}

BlockQuantizer::Choice BlockQuantizer::Quantise(const Block& coefficients_q4, bool skip,
                                                const Surroundings& surroundings, int16_t* levels) const {
  if (options_.search != LevelSearch::kLargest) return AnySet(coefficients_q4, skip, surroundings, levels);
  const LevelSetRule rule{.flag_bits = PresenceBits(skip, surroundings), .keeps_sure_ones = true};
  LevelScale scale = scale_;
  scale.lambda = surroundings.lambda;
  const LevelSet set = LargestSet(coefficients_q4.data(), kBlockCells, scale, levels_[surroundings.neighbours],
                                  positions_[skip], rule, levels);
  return {set.count, set.magnitude, set.benefit};
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
    const float size = float(c < 0 ? -c : c) * scale_.inverse_step;
    if (size < kLeastSize) continue;
    ++found;
    const int nearest = std::max(1, int(std::min(size + 0.5f, float(kMaxLevel))));
    if (nearest > 1 && exact) above_classes = kAbove;
    for (int magnitude = std::max(1, nearest - 1); magnitude <= nearest; ++magnitude) {
      const float error = size - (float(magnitude) + scale_.recentre[magnitude > 1]);
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
  const float lambda = surroundings.lambda;
  const float flag = PresenceBits(skip, surroundings);
  const LevelCosts& costs = levels_[surroundings.neighbours];
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
          saving[o][above] = position.saving[o] - lambda * costs.LevelBits(position.magnitude[o], count_class, above);
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
        const BitPair& bits = positions_[skip][LeftClass(left)][p];
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
      const float benefit = value[0][count + 1][0] - lambda * (flag + costs.count[count]);
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
