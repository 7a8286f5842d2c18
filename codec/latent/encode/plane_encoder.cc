#include "codec/latent/encode/plane_encoder.h"

#include <algorithm>
#include <cmath>

#include "codec/latent/encode/gain_choice.h"
#include "codec/latent/encode/superblock.h"

namespace fsc {
namespace {

constexpr double kLeastEnergy = 0.36;  // squared steps of a block: no coefficient reaches .6 of a step below it

}  // namespace

PlaneEncoder::PlaneEncoder(const LayerFrame& frame, int group, const QuantizerOptions& options, LayerState* state)
    : frame_(frame),
      has_intra_(frame.modes.HasIntra()),
      options_(options),
      state_(state),
      contexts_(&state->contexts[group][int(frame.frame_class())]),
      map_(state->grid),
      levels_(state->grid),
      benefits_(state->grid.blocks()),
      unit_benefits_(size_t(state->grid.superblocks_x) * state->grid.superblocks_y) {}

PlaneContext PlaneEncoder::ContextOf(int k) const {
  const FrameClass frame_class = frame_.frame_class();
  return {state_->activity.Class(frame_class, k), state_->activity.Lean(frame_class, k), frame_.lossless, &map_};
}

const BlockQuantizer& PlaneEncoder::Quantizer(int k) {
  if (quantizer_ == nullptr) {
    quantizer_ = std::make_unique<BlockQuantizer>(*contexts_, ContextOf(k), frame_.dequantizer, options_);
  }
  return *quantizer_;
}

const UnitQuantizer& PlaneEncoder::UnitQuantizerOf(int k, int unit_blocks) {
  std::unique_ptr<UnitQuantizer>& quantizer = unit_quantizers_[UnitSize(unit_blocks)];
  if (quantizer == nullptr) {
    quantizer = std::make_unique<UnitQuantizer>(*contexts_, ContextOf(k), unit_blocks, frame_.dequantizer);
  }
  return *quantizer;
}

float PlaneEncoder::SizeBits(int k, int superblock_x, int superblock_y, int unit_blocks) const {
  const int activity = state_->activity.Class(frame_.frame_class(), k) / 2;
  uint32_t bits256 =
      BitCost256(contexts_->larger[activity][levels_.LargerNeighbours(superblock_x, superblock_y)], unit_blocks > 1);
  if (unit_blocks > 1) bits256 += BitCost256(contexts_->largest[activity], unit_blocks > 2);
  return float(bits256) / 256.0f;
}

float PlaneEncoder::WeightOf(int block_x, int block_y, int unit_blocks) const {
  if (options_.weights.empty()) return 1;
  const BlockGrid& grid = state_->grid;
  float sum = 0;
  int count = 0;
  for (int y = block_y; y < std::min(block_y + unit_blocks, grid.blocks_y); ++y) {
    for (int x = block_x; x < std::min(block_x + unit_blocks, grid.blocks_x); ++x) {
      sum += options_.weights[size_t(y) * grid.blocks_x + x];
      ++count;
    }
  }
  return sum / float(count);
}

void PlaneEncoder::Encode(int k, PlaneView<const int16_t> target, PlaneView<int16_t> plane, RangeEncoder* out) {
  const FrameClass frame_class = frame_.frame_class();
  quantizer_.reset();
  for (auto& quantizer : unit_quantizers_) quantizer.reset();
  levels_.Clear();
  uint8_t& last_gain = state_->gains[int(frame_class)][k];
  const int gain = ChooseGain(frame_, state_->grid, target, plane, last_gain, *contexts_, options_.lambda);
  WriteGain(gain, last_gain, contexts_, out);
  last_gain = uint8_t(gain);
  if (frame_.reference_count() > 0) ApplyGain(gain, plane);
  const int intra_gain = state_->gains[int(FrameClass::kIntra)][k];

  if (frame_.lossless) {
    QuantiseLossless(target, intra_gain, plane);
  } else {
    QuantisePlane(k, target, intra_gain, plane);
    if (!has_intra_) DropPoorSuperblocks(k);
  }
  WritePlaneLevels(ContextOf(k), contexts_, out, &levels_);
  if (!has_intra_) ReconstructPlane(frame_, levels_, intra_gain, plane);
  const PlaneLevels::Totals totals = levels_.totals();
  state_->activity.Update(frame_class, k, totals, state_->grid.blocks());
  if (totals.nonzero > 0) map_.Update(levels_);
}

float PlaneEncoder::QuantiseBlocks(int k, PlaneView<const int16_t> target, int intra_gain, int superblock_x,
                                   int superblock_y, PlaneView<int16_t> plane) {
  const BlockGrid& grid = state_->grid;
  const float step = frame_.dequantizer.step_q4 / 16.0f;
  const int64_t least_energy = int64_t(kLeastEnergy * step * step);
  const int x_end = std::min((superblock_x + 1) * kSuperblockBlocks, grid.blocks_x);
  const int y_end = std::min((superblock_y + 1) * kSuperblockBlocks, grid.blocks_y);
  int64_t energy = 0;
  double weighted_energy = 0;
  float benefit = 0;
  float flags = 0;
  for (int by = superblock_y * kSuperblockBlocks; by < y_end; ++by) {
    for (int bx = superblock_x * kSuperblockBlocks; bx < x_end; ++bx) {
      const BlockMode mode = frame_.modes.at(bx, by);
      if (!IsInter(mode)) WriteIntraPrediction(mode, intra_gain, bx, by, plane);
      const size_t block = size_t(by) * grid.blocks_x + bx;
      benefits_[block] = 0;
      Block residual;
      const int64_t block_energy = BlockResidual(target, plane, bx, by, &residual);
      energy += block_energy;
      weighted_energy += double(WeightOf(bx, by, 1)) * double(block_energy);
      if (block_energy > least_energy) QuantiseBlock(k, residual, bx, by);
      if (options_.large_units && energy > least_energy) {
        benefit += benefits_[block];
        flags += Quantizer(k).FlagBits(levels_.NeighbourClass(bx, by), map_.Class(int(block)), false);
      }
      if (has_intra_ && levels_.coded(bx, by)) AddResidual(frame_, levels_, bx, by, plane);
    }
  }
  if (energy <= least_energy) return 0;
  return float(weighted_energy) / (step * step) - benefit + options_.lambda * flags;
}

float PlaneEncoder::QuantiseUnits(int k, PlaneView<const int16_t> target, int intra_gain, int superblock_x,
                                  int superblock_y, int unit_blocks, PlaneView<int16_t> plane) {
  const BlockGrid& grid = state_->grid;
  const float step = frame_.dequantizer.step_q4 / 16.0f;
  const UnitQuantizer& quantizer = UnitQuantizerOf(k, unit_blocks);
  const int cells = unit_blocks * kBlockCells;
  const int x_end = std::min((superblock_x + 1) * kSuperblockBlocks, grid.blocks_x);
  const int y_end = std::min((superblock_y + 1) * kSuperblockBlocks, grid.blocks_y);
  levels_.SetUnitBlocks(superblock_x, superblock_y, unit_blocks);
  double energy = 0;
  float benefit = 0;
  float flags = 0;
  for (int by = superblock_y * kSuperblockBlocks; by < y_end; by += unit_blocks) {
    for (int bx = superblock_x * kSuperblockBlocks; bx < x_end; bx += unit_blocks) {
      PredictUnit(frame_, bx, by, unit_blocks, intra_gain, plane);
      LargeBlock residual;
      const double unit_energy = double(UnitResidual(target, plane, bx, by, cells, &residual));
      const float weight = WeightOf(bx, by, unit_blocks);
      energy += double(weight) * unit_energy;
      const int neighbours = levels_.NeighbourClass(bx, by);
      const int place = map_.Class(by * grid.blocks_x + bx);
      flags += quantizer.FlagBits(neighbours, place, false);
      UnitQuantizer::Choice choice;
      UnitQuantizer::Groups groups;
      std::array<uint8_t, kBlockCoefficients> counts{};
      if (unit_energy > kLeastEnergy * step * step) {
        LargeBlock coefficients;
        ForwardLargeTransformQ4(cells, residual, &coefficients);
        choice = quantizer.Quantise(coefficients, neighbours, place, options_.lambda / weight, &groups, &counts);
      }
      levels_.SetUnit(bx, by, unit_blocks, choice.magnitude);
      if (choice.magnitude == 0) continue;
      for (int y = 0; y < unit_blocks; ++y) {
        for (int x = 0; x < unit_blocks; ++x) {
          const int group = y * unit_blocks + x;
          std::copy(groups[group].begin(), groups[group].end(), levels_.levels(bx + x, by + y));
          levels_.SetGroup(bx + x, by + y, counts[group]);
        }
      }
      benefit += weight * choice.benefit;
      const bool cut = (bx + unit_blocks) * kBlockCells > grid.width || (by + unit_blocks) * kBlockCells > grid.height;
      if (cut) {
        // What was saved outside the plane counts for nothing.
        SuperblockCopy prediction;
        if (!has_intra_) prediction.TakeCells(plane, superblock_x, superblock_y);
        AddUnitResidual(frame_, levels_, bx, by, unit_blocks, plane);
        const double error = double(UnitResidual(target, plane, bx, by, cells, &residual));
        benefit += weight * (float((unit_energy - error) / (double(step) * step)) - choice.saved);
        if (!has_intra_) prediction.GiveCells(plane, superblock_x, superblock_y);
      } else if (has_intra_) {
        AddUnitResidual(frame_, levels_, bx, by, unit_blocks, plane);
      }
    }
  }
  unit_benefits_[size_t(superblock_y) * grid.superblocks_x + superblock_x] = benefit - options_.lambda * flags;
  return float(energy / (double(step) * step)) - benefit + options_.lambda * flags;
}

void PlaneEncoder::QuantisePlane(int k, PlaneView<const int16_t> target, int intra_gain, PlaneView<int16_t> plane) {
  const BlockGrid& grid = state_->grid;
  SuperblockCopy prediction;
  SuperblockCopy best;
  for (int sy = 0; sy < grid.superblocks_y; ++sy) {
    for (int sx = 0; sx < grid.superblocks_x; ++sx) {
      if (options_.large_units && has_intra_) prediction.TakeCells(plane, sx, sy);
      float cost = QuantiseBlocks(k, target, intra_gain, sx, sy, plane);
      if (!options_.large_units || cost == 0) continue;
      cost += options_.lambda * SizeBits(k, sx, sy, 1);
      int chosen = 1;
      float benefit = 0;
      best.Take(levels_, plane, sx, sy);
      float& unit_benefit = unit_benefits_[size_t(sy) * grid.superblocks_x + sx];
      for (int unit_blocks = 2; unit_blocks <= kSuperblockBlocks; unit_blocks *= 2) {
        if (has_intra_) prediction.GiveCells(plane, sx, sy);
        const float other = QuantiseUnits(k, target, intra_gain, sx, sy, unit_blocks, plane) +
                            options_.lambda * SizeBits(k, sx, sy, unit_blocks);
        if (other >= cost) continue;
        cost = other;
        chosen = unit_blocks;
        benefit = unit_benefit;
        best.Take(levels_, plane, sx, sy);
      }
      best.Give(&levels_, plane, sx, sy);
      levels_.SetUnitBlocks(sx, sy, levels_.HasLevels(sx, sy) ? chosen : 1);
      unit_benefit = benefit;
    }
  }
}

void PlaneEncoder::QuantiseBlock(int k, const Block& residual, int bx, int by) {
  const size_t block = size_t(by) * state_->grid.blocks_x + bx;
  const float weight = WeightOf(bx, by, 1);
  const float lambda = options_.lambda / weight;
  const BlockQuantizer::Surroundings surroundings{levels_.NeighbourClass(bx, by), map_.Class(int(block)),
                                                  levels_.SkipNeighbours(bx, by), lambda};
  const BlockQuantizer& quantizer = Quantizer(k);
  Block coefficients;
  ForwardTransformQ4(residual, &coefficients);
  int16_t* levels = levels_.levels(bx, by);
  Block samples;
  for (int i = 0; i < kBlockCoefficients; ++i) samples[i] = residual[i] * 16;
  const float promise = quantizer.Promise(coefficients, lambda);
  const float skip_promise = quantizer.Promise(samples, lambda);
  const float share = options_.search == LevelSearch::kLargest ? 0.8f : 0.0f;
  const bool try_skip = skip_promise > share * promise;
  const bool try_transform = promise >= share * skip_promise;
  BlockQuantizer::Choice choice;
  if (try_transform) choice = quantizer.Quantise(coefficients, false, surroundings, levels);
  bool skip = false;
  if (try_skip) {
    std::array<int16_t, kBlockCoefficients> other_levels;
    const BlockQuantizer::Choice other = quantizer.Quantise(samples, true, surroundings, other_levels.data());
    if (other.count > 0 && other.benefit > choice.benefit) {
      choice = other;
      skip = true;
      coefficients = samples;
      std::copy(other_levels.begin(), other_levels.end(), levels);
    }
  }
  if (choice.count == 0) return;
  levels_.SetBlock(bx, by, choice.count, choice.magnitude, skip);
  benefits_[block] = weight * choice.benefit;
  for (int i = 0; i < kBlockCoefficients; ++i) {
    if (levels[i] == 0) continue;
    const int above = levels[i] < -1 || levels[i] > 1;
    statistics_.excess[above] +=
        std::fabs(double(coefficients[kScan[i]])) / frame_.dequantizer.step_q4 - std::abs(levels[i]);
    ++statistics_.count[above];
  }
}

void PlaneEncoder::QuantiseLossless(PlaneView<const int16_t> target, int intra_gain, PlaneView<int16_t> plane) {
  const BlockGrid& grid = state_->grid;
  for (int sy = 0; sy < grid.superblocks_y; ++sy) {
    for (int sx = 0; sx < grid.superblocks_x; ++sx) {
      const int x_end = std::min((sx + 1) * kSuperblockBlocks, grid.blocks_x);
      const int y_end = std::min((sy + 1) * kSuperblockBlocks, grid.blocks_y);
      for (int by = sy * kSuperblockBlocks; by < y_end; ++by) {
        for (int bx = sx * kSuperblockBlocks; bx < x_end; ++bx) {
          QuantiseLosslessBlock(target, intra_gain, bx, by, plane);
          if (has_intra_ && levels_.coded(bx, by)) AddResidual(frame_, levels_, bx, by, plane);
        }
      }
    }
  }
}

void PlaneEncoder::QuantiseLosslessBlock(PlaneView<const int16_t> target, int intra_gain, int bx, int by,
                                         PlaneView<int16_t> plane) {
  const BlockGrid& grid = state_->grid;
  const BlockMode mode = frame_.modes.at(bx, by);
  if (!IsInter(mode)) WriteIntraPrediction(mode, intra_gain, bx, by, plane);
  int16_t* levels = levels_.levels(bx, by);
  int count = 0;
  int magnitude = 0;
  for (int i = 0; i < kBlockCoefficients; ++i) {
    const int x = bx * kBlockCells + kScan[i] % kBlockCells;
    const int y = by * kBlockCells + kScan[i] / kBlockCells;
    const bool inside = x < grid.width && y < grid.height;
    levels[i] = inside ? int16_t(uint16_t(target.row(y)[x] - plane.row(y)[x])) : int16_t{0};
    count += levels[i] != 0;
    magnitude += std::abs(int{levels[i]});
  }
  if (count > 0) levels_.SetBlock(bx, by, count, magnitude, true);
}

void PlaneEncoder::DropPoorSuperblocks(int k) {
  const BlockGrid& grid = state_->grid;
  const int activity = state_->activity.Class(frame_.frame_class(), k);
  const auto difference = [](const BitModel& model) {
    return (float(BitCost256(model, true)) - float(BitCost256(model, false))) / 256.0f;
  };
  float kept = 0;  // benefit of the plane after its superblocks' flags
  bool any = false;
  const bool one_superblock = grid.superblocks_x * grid.superblocks_y == 1;
  for (int sy = 0; sy < grid.superblocks_y; ++sy) {
    for (int sx = 0; sx < grid.superblocks_x; ++sx) {
      const int x_end = std::min((sx + 1) * kSuperblockBlocks, grid.blocks_x);
      const int y_end = std::min((sy + 1) * kSuperblockBlocks, grid.blocks_y);
      float benefit = 0;
      float flags = 0;
      const bool coded = levels_.HasLevels(sx, sy);
      if (!coded) continue;
      const bool units = levels_.unit_blocks(sx, sy) > 1;
      if (units) benefit = unit_benefits_[size_t(sy) * grid.superblocks_x + sx];
      for (int y = sy * kSuperblockBlocks; y < y_end && !units; ++y) {
        for (int x = sx * kSuperblockBlocks; x < x_end; ++x) {
          benefit += benefits_[y * grid.blocks_x + x];
          flags += Quantizer(k).FlagBits(levels_.NeighbourClass(x, y), map_.Class(y * grid.blocks_x + x), false);
        }
      }
      if (!one_superblock) flags += difference(contexts_->superblock[activity][0]);
      benefit -= options_.lambda * flags;
      if (benefit > 0) {
        kept += benefit;
        any = true;
        continue;
      }
      levels_.SetUnit(sx * kSuperblockBlocks, sy * kSuperblockBlocks, kSuperblockBlocks, 0);
      levels_.SetUnitBlocks(sx, sy, 1);
    }
  }
  if (any && kept < options_.lambda * difference(contexts_->plane[activity])) levels_.Clear();
}

}  // namespace fsc
