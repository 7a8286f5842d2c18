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
  BlockMode last = BlockMode::kFirst;  // no early way out: so it is vector instructions
  for (const BlockMode mode : modes) last = std::max(last, mode);
  return !IsInter(last);
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

namespace {

CellPick PickOf(BlockMode mode) {
  return mode == BlockMode::kFirst ? kPickFirst : mode == BlockMode::kSecond ? kPickSecond : kPickMean;
}

}  // namespace

InterPredictor::InterPredictor(const ModeMap* map, const std::array<const WarpPlan*, 2>& plans) {
  Begin(map, plans);
}

void InterPredictor::Begin(const ModeMap* map, const std::array<const WarpPlan*, 2>& plans) {
  map_ = map;
  plans_ = plans;
  const BlockGrid& grid = map->grid;
  const bool both = map->Uses(BlockMode::kBoth);
  needs_first_ = both || map->Uses(BlockMode::kFirst);
  needs_second_ = both || map->Uses(BlockMode::kSecond);
  if (!needs_first_ || !needs_second_) return;
  for (Plane<int16_t>* moved : {&moved_first_, &moved_second_}) {
    if (moved->width() == grid.width && moved->height() == grid.height) continue;
    *moved = Plane<int16_t>(grid.width, grid.height);
  }
  if (picks_.width() != grid.width || picks_.height() != grid.blocks_y) {
    picks_ = Plane<int16_t>(grid.width, grid.blocks_y);
  }
  for (int y = 0; y < grid.blocks_y; ++y) {
    int16_t* row = picks_.row(y);
    for (int x = 0; x < grid.width; ++x) row[x] = PickOf(map->at(x / kBlockCells, y));
  }
}

void InterPredictor::Predict(PlaneView<const int16_t> first, PlaneView<const int16_t> second, int gain,
                             PlaneView<int16_t> out) {
  if (gain == 0) {
    for (int y = 0; y < out.height; ++y) std::fill_n(out.row(y), out.width, int16_t{0});
    return;
  }
  if (needs_first_ && needs_second_) {
    WarpPlane(*plans_[0], first, moved_first_.view(), &scratch_);
    WarpPlane(*plans_[1], second, moved_second_.view(), &scratch_);
    for (int y = 0; y < out.height; ++y) {
      BlendRow({moved_first_.row(y), moved_second_.row(y), picks_.row(y / kBlockCells), gain},
               {out.row(y), size_t(out.width)});
    }
  } else if (needs_first_ || needs_second_) {
    WarpPlane(*plans_[needs_first_ ? 0 : 1], needs_first_ ? first : second, out, &scratch_);
    ApplyGain(gain, out);
  }
}

void ApplyGain(int gain, PlaneView<int16_t> plane) {
  if (gain == kGainUnit) return;
  const bool adjacent = plane.stride == plane.width;
  const size_t run = size_t(plane.width) * size_t(adjacent ? plane.height : 1);
  for (int y = 0; y < (adjacent ? 1 : plane.height); ++y) ScaleByGain(gain, {plane.row(y), run});
}

}  // namespace fsc
