#include "codec/latent_prediction.h"

#include <algorithm>

namespace fsc {
namespace {

// Modes in the order of the code's tree; what does not exist for the frame is left out and the others move up.
int ModesOf(int references, std::array<BlockMode, kBlockModes>* modes) {
  int count = 0;
  for (int mode = 0; mode < kBlockModes; ++mode) {
    if (ModeExists(BlockMode(mode), references)) (*modes)[count++] = BlockMode(mode);
  }
  return count;
}

struct Guess {
  int context = 0;         // of the flag
  int mode = kBlockModes;  // predicted mode; kBlockModes = none
};

Guess GuessMode(const ModeMap& map, int x, int y) {
  Guess guess;
  if (x > 0) {
    guess.mode = int(map.at(x - 1, y));
    guess.context = y > 0 ? (map.at(x, y - 1) == map.at(x - 1, y) ? 2 : 1) : 1;
  } else if (y > 0) {
    guess.mode = int(map.at(x, y - 1));
    guess.context = 1;
  }
  return guess;
}

// Index of a mode among those that exist.
int IndexOf(BlockMode mode, int references) {
  std::array<BlockMode, kBlockModes> modes;
  const int count = ModesOf(references, &modes);
  return int(std::find(modes.begin(), modes.begin() + count, mode) - modes.begin());
}

}  // namespace

bool ModeExists(BlockMode mode, int references) {
  if (mode == BlockMode::kFirst) return references >= 1;
  if (mode == BlockMode::kSecond || mode == BlockMode::kBoth) return references >= 2;
  return true;
}

bool ModeMap::Uses(BlockMode mode) const {
  return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

bool ModeMap::HasIntra() const {
  return std::any_of(modes.begin(), modes.end(), [](BlockMode mode) { return !IsInter(mode); });
}

void WriteModeMap(const ModeMap& map, int references, ModeContexts* contexts, RangeEncoder* out) {
  for (int y = 0; y < map.grid.blocks_y; ++y) {
    for (int x = 0; x < map.grid.blocks_x; ++x) {
      const Guess guess = GuessMode(map, x, y);
      const BlockMode mode = map.at(x, y);
      if (guess.mode != kBlockModes) {
        const bool same = int(mode) == guess.mode;
        out->Bit(contexts->same_as_left_or_up[guess.context], same);
        if (same) continue;
      }
      const int index = IndexOf(mode, references);
      int node = 1;
      for (int i = 2; i >= 0; --i) {
        const bool bit = (index >> i & 1) != 0;
        out->Bit(contexts->tree[guess.mode][node], bit);
        node = node << 1 | int(bit);
      }
    }
  }
}

ModeMap ReadModeMap(const BlockGrid& grid, int references, ModeContexts* contexts, RangeDecoder* in, BitMeter* meter) {
  std::array<BlockMode, kBlockModes> modes;
  const int count = ModesOf(references, &modes);
  ModeMap map{grid, std::vector<BlockMode>(grid.blocks())};
  for (int y = 0; y < grid.blocks_y; ++y) {
    for (int x = 0; x < grid.blocks_x; ++x) {
      const Guess guess = GuessMode(map, x, y);
      BlockMode& mode = map.modes[size_t(y) * grid.blocks_x + x];
      if (guess.mode != kBlockModes && in->Bit(contexts->same_as_left_or_up[guess.context])) {
        mode = BlockMode(guess.mode);
      } else {
        int node = 1;
        for (int i = 0; i < 3; ++i) node = node << 1 | int(in->Bit(contexts->tree[guess.mode][node]));
        mode = modes[std::min(node - 8, count - 1)];
      }
      if (meter != nullptr) meter->ChargeBlock(y * grid.blocks_x + x, *in);
    }
  }
  return map;
}

uint32_t ModeCost256(const ModeMap& map, int block_x, int block_y, BlockMode mode, int references,
                     const ModeContexts& contexts) {
  const Guess guess = GuessMode(map, block_x, block_y);
  uint32_t cost = 0;
  if (guess.mode != kBlockModes) {
    const bool same = int(mode) == guess.mode;
    cost += BitCost256(contexts.same_as_left_or_up[guess.context], same);
    if (same) return cost;
  }
  const int index = IndexOf(mode, references);
  int node = 1;
  for (int i = 2; i >= 0; --i) {
    const bool bit = (index >> i & 1) != 0;
    cost += BitCost256(contexts.tree[guess.mode][node], bit);
    node = node << 1 | int(bit);
  }
  return cost;
}

InterPredictor::InterPredictor(const ModeMap* map, const std::array<const WarpPlan*, 2>& plans)
    : map_(map), plans_(plans) {
  const bool both = map->Uses(BlockMode::kBoth);
  needs_first_ = both || map->Uses(BlockMode::kFirst);
  needs_second_ = both || map->Uses(BlockMode::kSecond);
  uniform_ =
      std::all_of(map->modes.begin(), map->modes.end(), [&](BlockMode mode) { return mode == map->modes.front(); });
  moved_first_ = Plane<int16_t>(map->grid.width, map->grid.height);
  moved_second_ = Plane<int16_t>(map->grid.width, map->grid.height);
}

void InterPredictor::Predict(PlaneView<const int16_t> first, PlaneView<const int16_t> second, PlaneView<int16_t> out) {
  if (needs_first_) WarpPlane(*plans_[0], first, moved_first_.view());
  if (needs_second_) WarpPlane(*plans_[1], second, moved_second_.view());
  const BlockGrid& grid = map_->grid;
  if (uniform_ && !(needs_first_ && needs_second_)) {
    if (needs_first_ || needs_second_) {
      const Plane<int16_t>& moved = needs_first_ ? moved_first_ : moved_second_;
      for (int y = 0; y < grid.height; ++y) std::copy_n(moved.row(y), grid.width, out.row(y));
    }
    return;
  }
  for (int y = 0; y < grid.height; ++y) {
    const int16_t* a = moved_first_.row(y);
    const int16_t* b = moved_second_.row(y);
    int16_t* to = out.row(y);
    for (int bx = 0; bx < grid.blocks_x;) {
      const BlockMode mode = map_->at(bx, y / kBlockCells);
      int end = bx + 1;
      while (end < grid.blocks_x && map_->at(end, y / kBlockCells) == mode) ++end;
      const int x = bx * kBlockCells;
      const int count = std::min(end * kBlockCells, grid.width) - x;
      if (mode == BlockMode::kFirst) std::copy_n(a + x, count, to + x);
      if (mode == BlockMode::kSecond) std::copy_n(b + x, count, to + x);
      if (mode == BlockMode::kBoth) AverageRow({a + x, size_t(count)}, {b + x, size_t(count)}, {to + x, size_t(count)});
      bx = end;
    }
  }
}

void ApplyGain(int gain, PlaneView<int16_t> plane) {
  if (gain == kGainUnit) return;
  for (int y = 0; y < plane.height; ++y) {
    int16_t* row = plane.row(y);
    for (int x = 0; x < plane.width; ++x) row[x] = int16_t((row[x] * gain + 8) >> 4);
  }
}

void PredictIntraBlock(PlaneView<const int16_t> plane, int block_x, int block_y, BlockMode mode, int gain,
                       std::array<int16_t, kBlockCoefficients>* out) {
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  out->fill(0);
  if (mode == BlockMode::kNone || gain == 0) return;
  const int columns = std::min(kBlockCells, plane.width - x0);
  const int rows = std::min(kBlockCells, plane.height - y0);
  const auto scaled = [gain](int value) { return int16_t((value * gain + 8) >> 4); };
  // Without the neighbour that it needs, a direction falls back to the mean; without any neighbour the mean is zero.
  if (mode == BlockMode::kHorizontal && x0 > 0) {
    for (int i = 0; i < kBlockCoefficients; ++i) {
      (*out)[i] = scaled(plane.row(y0 + std::min(i / kBlockCells, rows - 1))[x0 - 1]);
    }
    return;
  }
  if (mode == BlockMode::kVertical && y0 > 0) {
    for (int i = 0; i < kBlockCoefficients; ++i) {
      (*out)[i] = scaled(plane.row(y0 - 1)[x0 + std::min(i % kBlockCells, columns - 1)]);
    }
    return;
  }
  int32_t sum = 0;
  int count = 0;
  if (x0 > 0) {
    for (int y = 0; y < rows; ++y) sum += plane.row(y0 + y)[x0 - 1];
    count += rows;
  }
  if (y0 > 0) {
    for (int x = 0; x < columns; ++x) sum += plane.row(y0 - 1)[x0 + x];
    count += columns;
  }
  if (count == 0) return;
  // Rounded towards minus infinity after adding half: (2 sum + count) / (2 count).
  const int32_t numerator = 2 * sum + count;
  const int32_t mean = numerator >= 0 ? numerator / (2 * count) : -((-numerator + 2 * count - 1) / (2 * count));
  out->fill(scaled(mean));
}

}  // namespace fsc
