#include "codec/latent/prediction.h"

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
  int context = 0;          // of the flag
  int mode = kBlockModes;   // predicted mode; kBlockModes = none
  int other = kBlockModes;  // the upper block's, where it is another than the left one's
};

Guess GuessMode(const ModeMap& map, int x, int y) {
  Guess guess;
  const int up = y > 0 ? int(map.at(x, y - 1)) : kBlockModes;
  guess.mode = x > 0 ? int(map.at(x - 1, y)) : up;
  if (guess.mode == kBlockModes) return guess;
  guess.context = x > 0 && guess.mode == up ? 2 : 1;
  if (guess.mode != up) guess.other = up;
  return guess;
}

// Index of a mode among those that exist.
int IndexOf(BlockMode mode, int references) {
  std::array<BlockMode, kBlockModes> modes;
  const int count = ModesOf(references, &modes);
  return int(std::find(modes.begin(), modes.begin() + count, mode) - modes.begin());
}

// Gives every bit that says `mode`, with its model, to `say`.
template <class Contexts, class Say>
void SayMode(const ModeMap& map, int x, int y, BlockMode mode, int references, Contexts* contexts, const Say& say) {
  const Guess guess = GuessMode(map, x, y);
  if (guess.mode != kBlockModes) {
    const bool same = int(mode) == guess.mode;
    say(contexts->same_as_left_or_up[guess.context], same);
    if (same) return;
  }
  if (guess.other != kBlockModes) {
    const bool same = int(mode) == guess.other;
    say(contexts->same_as_up, same);
    if (same) return;
  }
  const int index = IndexOf(mode, references);
  int node = 1;
  for (int i = kModeTreeBits - 1; i >= 0; --i) {
    const bool bit = (index >> i & 1) != 0;
    say(contexts->tree[node], bit);
    node = node << 1 | int(bit);
  }
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
      SayMode(map, x, y, map.at(x, y), references, contexts, [&](BitModel& model, bool bit) { out->Bit(model, bit); });
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
      } else if (guess.other != kBlockModes && in->Bit(contexts->same_as_up)) {
        mode = BlockMode(guess.other);
      } else {
        int node = 1;
        for (int i = 0; i < kModeTreeBits; ++i) node = node << 1 | int(in->Bit(contexts->tree[node]));
        mode = modes[std::min(node - (1 << kModeTreeBits), count - 1)];
      }
      if (meter != nullptr) meter->ChargeBlock(y * grid.blocks_x + x, *in);
    }
  }
  return map;
}

uint32_t ModeCost256(const ModeMap& map, int block_x, int block_y, BlockMode mode, int references,
                     const ModeContexts& contexts) {
  uint32_t cost = 0;
  SayMode(map, block_x, block_y, mode, references, &contexts,
          [&](const BitModel& model, bool bit) { cost += BitCost256(model, bit); });
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

}  // namespace fsc
