#include "codec/latent_plane_encoder.h"

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

// Residual of a block whose prediction is in `plane`; outside the plane the edge repeats, so that the transform sees no
// jump. Returns its energy.
int64_t BlockResidual(PlaneView<const int16_t> target, PlaneView<const int16_t> plane, int block_x, int block_y,
                      Block* residual) {
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  const int columns = std::min(kBlockCells, target.width - x0);
  const int rows = std::min(kBlockCells, target.height - y0);
  int64_t energy = 0;
  for (int y = 0; y < kBlockCells; ++y) {
    const int16_t* t = target.row(y0 + std::min(y, rows - 1)) + x0;
    const int16_t* p = plane.row(y0 + std::min(y, rows - 1)) + x0;
    for (int x = 0; x < kBlockCells; ++x) {
      const int i = std::min(x, columns - 1);
      const int32_t difference = t[i] - p[i];
      (*residual)[y * kBlockCells + x] = difference;
      energy += int64_t{difference} * difference;
    }
  }
  return energy;
}

}  // namespace

PlaneEncoder::PlaneEncoder(const LayerFrame& frame, int group, const QuantizerOptions& options, LayerState* state)
    : frame_(frame),
      options_(options),
      state_(state),
      contexts_(&state->contexts[group][int(frame.frame_class())]),
      map_(state->grid),
      levels_(state->grid),
      benefits_(state->grid.blocks()) {}

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

void PlaneEncoder::Encode(int k, PlaneView<const int16_t> target, PlaneView<int16_t> plane, RangeEncoder* out) {
  const FrameClass frame_class = frame_.frame_class();
  quantizer_.reset();
  levels_.Clear();
  const int gain = ChooseGain(k, target, plane);
  uint8_t& last_gain = state_->gains[int(frame_class)][k];
  WriteGain(gain, last_gain, contexts_, out);
  last_gain = uint8_t(gain);
  if (frame_.reference_count() > 0) ApplyGain(gain, plane);
  const int intra_gain = state_->gains[int(FrameClass::kIntra)][k];

  if (frame_.lossless) {
    QuantiseLossless(target, intra_gain, plane);
  } else {
    QuantisePlane(k, target, intra_gain, plane);
    if (!frame_.modes.HasIntra()) DropPoorSuperblocks(k);
  }
  WritePlaneLevels(ContextOf(k), contexts_, out, &levels_);
  if (!frame_.modes.HasIntra()) ReconstructPlane(frame_, levels_, intra_gain, plane);
  const PlaneLevels::Totals totals = levels_.totals();
  state_->activity.Update(frame_class, k, totals, state_->grid.blocks());
  if (totals.nonzero > 0) map_.Update(levels_);
}

int PlaneEncoder::ChooseGain(int k, PlaneView<const int16_t> target, PlaneView<const int16_t> prediction) const {
  const int last = state_->gains[int(frame_.frame_class())][k];
  double cross = 0;
  double energy = 0;
  if (frame_.reference_count() > 0) {
    for (int y = 0; y < target.height; ++y) {
      const int16_t* t = target.row(y);
      const int16_t* p = prediction.row(y);
      int64_t row_cross = 0;
      int64_t row_energy = 0;
      for (int x = 0; x < target.width; ++x) {
        row_cross += int32_t{t[x]} * p[x];
        row_energy += int32_t{p[x]} * p[x];
      }
      cross += double(row_cross);
      energy += double(row_energy);
    }
  } else {
    // Open loop: what the neighbours' true values would predict.
    std::array<int16_t, kBlockCoefficients> block;
    for (int by = 0; by < state_->grid.blocks_y; ++by) {
      for (int bx = 0; bx < state_->grid.blocks_x; ++bx) {
        PredictIntraBlock(target, bx, by, frame_.modes.at(bx, by), kGainUnit, &block);
        const int columns = std::min(kBlockCells, target.width - bx * kBlockCells);
        const int rows = std::min(kBlockCells, target.height - by * kBlockCells);
        for (int y = 0; y < rows; ++y) {
          const int16_t* t = target.row(by * kBlockCells + y) + bx * kBlockCells;
          for (int x = 0; x < columns; ++x) {
            const double p = block[y * kBlockCells + x];
            cross += p * t[x];
            energy += p * p;
          }
        }
      }
    }
  }
  if (energy <= 0) return last;
  const double best = std::clamp(cross / energy, 0.0, 1.0);
  const int gain = int(std::lround(best * kGainUnit));
  // Squared error that the change saves against what saying so costs.
  const double of_last = best - last / double(kGainUnit);
  const double of_gain = best - gain / double(kGainUnit);
  const double saved = energy * (of_last * of_last - of_gain * of_gain);
  const double step = frame_.dequantizer.step_q4 / 16.0;
  const double bits =
      5 + (BitCost256(contexts_->gain_same[last], false) - double(BitCost256(contexts_->gain_same[last], true))) / 256;
  return saved > options_.lambda * step * step * bits ? gain : last;
}

void PlaneEncoder::QuantisePlane(int k, PlaneView<const int16_t> target, int intra_gain, PlaneView<int16_t> plane) {
  const BlockGrid& grid = state_->grid;
  const bool has_intra = frame_.modes.HasIntra();
  const double step = frame_.dequantizer.step_q4 / 16.0;
  const int64_t least_energy = int64_t(0.36 * step * step);  // no coefficient reaches .6 of a step below it
  for (int by = 0; by < grid.blocks_y; ++by) {
    for (int bx = 0; bx < grid.blocks_x; ++bx) {
      const BlockMode mode = frame_.modes.at(bx, by);
      if (!IsInter(mode)) WriteIntraPrediction(mode, intra_gain, bx, by, plane);
      const size_t block = size_t(by) * grid.blocks_x + bx;
      benefits_[block] = 0;
      Block residual;
      if (BlockResidual(target, plane, bx, by, &residual) <= least_energy) continue;
      QuantiseBlock(k, residual, bx, by);
      if (has_intra && levels_.count(bx, by) > 0) AddResidual(frame_, levels_, bx, by, plane);
    }
  }
}

void PlaneEncoder::QuantiseBlock(int k, const Block& residual, int bx, int by) {
  const size_t block = size_t(by) * state_->grid.blocks_x + bx;
  const BlockQuantizer::Surroundings surroundings{levels_.NeighbourClass(bx, by), map_.Class(int(block)),
                                                  levels_.SkipNeighbours(bx, by)};
  const BlockQuantizer& quantizer = Quantizer(k);
  Block coefficients;
  ForwardTransformQ4(residual, &coefficients);
  int16_t* levels = levels_.levels(bx, by);
  Block samples;
  for (int i = 0; i < kBlockCoefficients; ++i) samples[i] = residual[i] * 16;
  const float promise = quantizer.Promise(coefficients);
  const float skip_promise = quantizer.Promise(samples);
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
  benefits_[block] = choice.benefit;
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
  const bool has_intra = frame_.modes.HasIntra();
  for (int by = 0; by < grid.blocks_y; ++by) {
    for (int bx = 0; bx < grid.blocks_x; ++bx) {
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
      if (count == 0) continue;
      levels_.SetBlock(bx, by, count, magnitude, true);
      if (has_intra) AddResidual(frame_, levels_, bx, by, plane);
    }
  }
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
      bool coded = false;
      for (int y = sy * kSuperblockBlocks; y < y_end; ++y) {
        for (int x = sx * kSuperblockBlocks; x < x_end; ++x) coded |= levels_.count(x, y) > 0;
      }
      if (!coded) continue;
      for (int y = sy * kSuperblockBlocks; y < y_end; ++y) {
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
      for (int y = sy * kSuperblockBlocks; y < y_end; ++y) {
        for (int x = sx * kSuperblockBlocks; x < x_end; ++x) levels_.SetBlock(x, y, 0, 0, false);
      }
    }
  }
  if (any && kept < options_.lambda * difference(contexts_->plane[activity])) levels_.Clear();
}

}  // namespace fsc
