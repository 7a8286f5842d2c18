#include "codec/latent_quantizer.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fsc {
namespace {

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
    for (int c = 0; c < 3; ++c) above_one_[c][n] = Bits(contexts.above_one[c][n][0]);
    above_two_[n] = Bits(contexts.above_two[n][0]);
    for (int i = 0; i < kMagnitudePrefix; ++i) prefix_[n][i] = Bits(contexts.prefix[n][i]);
  }
  for (int left = 0; left < 4; ++left) {
    for (int p = 0; p < kBlockCoefficients; ++p) {
      for (int skip = 0; skip < 2; ++skip) significant_[skip][left][p] = Bits(contexts.significant[skip][left][p]);
    }
  }
}

float BlockQuantizer::LevelBits(int magnitude, int count_class, int neighbours) const {
  const float sign = 1;
  if (magnitude == 1) return sign + above_one_[count_class][neighbours][0];
  float bits = sign + above_one_[count_class][neighbours][1];
  if (magnitude == 2) return bits + above_two_[neighbours][0];
  bits += above_two_[neighbours][1];
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
    if (size < 0.5f) continue;
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
          candidate.size * candidate.size - error * error - lambda * LevelBits(level, count_class, neighbours);
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
  const Pair& coded = block_[neighbours][surroundings.place];
  const float flag = coded[1] - coded[0] + skip_[surroundings.skip_neighbours][skip];
  for (int m = 1; m <= found; ++m) {
    saved += candidates[m - 1].saving;
    set |= 1u << candidates[m - 1].position;
    if (m < sure && !options_.full_search) continue;
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

}  // namespace fsc
