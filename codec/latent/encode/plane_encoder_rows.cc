// Blocks of 4 cells, a row of them at a time: what the fastest preset does in frames without intra prediction.
#include <algorithm>
#include <cmath>
#include <span>

#include "codec/latent/encode/plane_encoder.h"

namespace fsc {
namespace {

// A level of one removes 2 s - 1 squared steps from a coefficient of s, which has to be more than its bits cost: half
// of the price is the least that can pay. It never comes without bits for its place; .7 saves .4 % of the rate.
constexpr float kSizeOfPrice = 0.7f;

}  // namespace

void PlaneEncoder::QuantiseRow(int k, PlaneView<const int16_t> target, PlaneView<const int16_t> plane, int by) {
  ResidualsOf(target, plane, by, &residuals_, energies_.data());
  const float step = frame_.dequantizer.step_q4 / 16.0f;
  const auto least_energy = std::min(int64_t(kLeastBlockEnergy * step * step), kExactEnergy - 1);
  const int blocks = state_->grid.blocks_x;
  for (int first = 0; first < blocks; first += FourBlocks::kBlocks) {
    const int count = std::min(FourBlocks::kBlocks, blocks - first);
    const auto energies = std::span(energies_).subspan(size_t(first), size_t(count));
    if (std::ranges::all_of(energies, [&](uint32_t energy) { return energy <= least_energy; })) continue;
    const BlockQuantizer& quantizer = Quantizer(k);
    FourBlocks four;
    for (int b = 0; b < FourBlocks::kBlocks; ++b) {
      const float lambda = options_.lambda / WeightOf(std::min(first + b, blocks - 1), by, 1);
      four.price[size_t(b)] = BlockQuantizer::kTypicalLevelBits * lambda;
      four.least_price[size_t(b)] = quantizer.least_level_bits() * lambda;
      four.least_size[size_t(b)] = kLeastSize + kSizeOfPrice * four.least_price[size_t(b)];
    }
    const int x = first * kBlockCells;
    TransformFour(residuals_.row(0) + x, residuals_.stride(), quantizer.inverse_step(), coefficients_.row(0) + x,
                  &four);
    for (int b = 0; b < count; ++b) {
      if (energies[size_t(b)] > least_energy) QuantiseOneOf(k, four, b, first + b, by);
    }
  }
}

void PlaneEncoder::QuantiseOneOf(int k, const FourBlocks& four, int b, int bx, int by) {
  constexpr float kShare = 0.8f;  // of the other one's promise: what promises less is not tried
  const size_t block = size_t(by) * state_->grid.blocks_x + bx;
  const BlockQuantizer::Surroundings surroundings{levels_.NeighbourClass(bx, by), map_.Class(int(block)),
                                                  levels_.SkipNeighbours(bx, by),
                                                  options_.lambda / WeightOf(bx, by, 1)};
  const BlockQuantizer& quantizer = Quantizer(k);
  const auto candidates = [&](const FourBlocks::Look& look, const BlockRow& numbers, int32_t factor) {
    return LevelCandidates{numbers.row(0) + bx * kBlockCells, ptrdiff_t(numbers.stride()), factor,
                           ToScanOrder(look.positions[size_t(b)])};
  };
  const float promise = four.transformed.promise[size_t(b)];
  const float skip_promise = four.plain.promise[size_t(b)];
  int16_t* levels = levels_.levels(bx, by);
  BlockQuantizer::Choice choice;
  LevelCandidates chosen = candidates(four.transformed, coefficients_, 1);
  bool skip = false;
  if (promise >= kShare * skip_promise && quantizer.MayPay(four.transformed.most[size_t(b)], false, surroundings)) {
    choice = quantizer.Largest(chosen, false, surroundings, levels);
  }
  if (skip_promise > kShare * promise && quantizer.MayPay(four.plain.most[size_t(b)], true, surroundings)) {
    const LevelCandidates samples = candidates(four.plain, residuals_, 16);
    std::array<int16_t, kBlockCoefficients> other_levels;
    const BlockQuantizer::Choice other = quantizer.Largest(samples, true, surroundings, other_levels.data());
    if (other.count > 0 && other.benefit > choice.benefit) {
      choice = other;
      chosen = samples;
      skip = true;
      std::copy(other_levels.begin(), other_levels.end(), levels);
    }
  }
  if (choice.count > 0) Keep(choice, skip, chosen, bx, by);
}

void PlaneEncoder::Keep(const BlockQuantizer::Choice& choice, bool skip, const LevelCandidates& coefficients, int bx,
                        int by) {
  levels_.SetBlock(bx, by, choice.count, choice.magnitude, skip);
  benefits_[size_t(by) * state_->grid.blocks_x + bx] = WeightOf(bx, by, 1) * choice.benefit;
  const int16_t* levels = levels_.levels(bx, by);
  for (int i = 0; i < kBlockCoefficients; ++i) {
    if (levels[i] == 0) continue;
    const int above = levels[i] < -1 || levels[i] > 1;
    const int32_t c =
        coefficients.coefficients_q4[kScan[i] / kBlockCells * coefficients.stride + kScan[i] % kBlockCells] *
        coefficients.factor;
    statistics_.excess[above] += std::fabs(double(c)) / frame_.dequantizer.step_q4 - std::abs(levels[i]);
    ++statistics_.count[above];
  }
}

}  // namespace fsc
