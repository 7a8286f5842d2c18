#include "codec/latent/residual.h"

#include <algorithm>
#include <cstring>

#include "codec/latent/start_states.h"
#include "codec/latent/transform.h"

namespace fsc {
namespace {

// The directions of one syntax: each call codes a value and returns it. What was coded since the last such call is then
// for the block, or for no block.
class Writing {
 public:
  explicit Writing(RangeEncoder* out) : out_(out) {}
  bool Bit(BitModel& model, bool bit) {
    out_->Bit(model, bit);
    return bit;
  }
  uint32_t Bypass(uint32_t value, int count) {
    out_->Bypass(value, count);
    return value;
  }
  void EndShared() {}
  void EndBlock(int) {}
  void EndBlocks(int, int, int, int) {}

 private:
  RangeEncoder* out_;
};

class Reading {
 public:
  explicit Reading(RangeDecoder* in) : in_(in) {}
  bool Bit(BitModel& model, bool) { return in_->Bit(model); }
  uint32_t Bypass(uint32_t, int count) { return in_->Bypass(count); }
  void EndShared() {}
  void EndBlock(int) {}
  void EndBlocks(int, int, int, int) {}

 private:
  RangeDecoder* in_;
};

class MeteredReading : public Reading {
 public:
  MeteredReading(RangeDecoder* in, BitMeter* meter) : Reading(in), in_(in), meter_(meter) {}
  void EndShared() { meter_->ChargeShared(*in_); }
  void EndBlock(int block) { meter_->ChargeBlock(block, *in_); }
  void EndBlocks(int first, int columns, int rows, int stride) {
    meter_->ChargeBlocks(first, columns, rows, stride, *in_);
  }

 private:
  RangeDecoder* in_;
  BitMeter* meter_;
};

// |level| >= 3 less 3: Exp-Golomb of order 0 with an adaptive prefix.
template <class Coder>
int CodeRemainder(int remainder, std::array<BitModel, kMagnitudePrefix>& models, Coder* coder) {
  const uint32_t v = uint32_t(remainder) + 1;
  int bits = 0;
  while (bits + 1 < kMagnitudePrefix && coder->Bit(models[bits], (v >> (bits + 1)) != 0)) ++bits;
  return int(((1u << bits) | coder->Bypass(v & ((1u << bits) - 1), bits)) - 1);
}

// The models of the 16 positions of a block or of a group.
struct LevelModels {
  std::array<BitModel, 15>* count;
  std::array<std::array<BitModel, kBlockCoefficients>, 4>* significant;
  std::array<std::array<BitModel, 3>*, 3> above_one;  // [count class]
  std::array<BitModel, 3>* above_two;
  std::array<BitModel, kMagnitudePrefix>* prefix;
};

LevelModels ModelsOfBlock(int activity, int neighbours, bool skip, ResidualContexts* contexts) {
  return {
      &contexts->count[activity / 2][neighbours],
      &contexts->significant[skip],
      {&contexts->above_one[0][neighbours], &contexts->above_one[1][neighbours], &contexts->above_one[2][neighbours]},
      &contexts->above_two[neighbours],
      &contexts->prefix[neighbours]};
}

LevelModels ModelsOfGroup(int size, bool high, UnitContexts* contexts) {
  auto& above_one = contexts->above_one[size][high];
  return {&contexts->count[size][high],
          &contexts->significant[size][high],
          {&above_one[0], &above_one[1], &above_one[2]},
          &contexts->above_two[size][high],
          &contexts->prefix[size][high]};
}

struct CodedLevels {
  int count = 0;      // that are not zero
  int magnitude = 0;  // sum
};

// Levels of a block or group with at least one. `count` is theirs when writing.
template <class Coder>
CodedLevels CodeLevels(int16_t* levels, int count, const LevelModels& models, Coder* coder) {
  CodedLevels result{1, 0};
  while (result.count < kBlockCoefficients && coder->Bit((*models.count)[result.count - 1], count > result.count)) {
    ++result.count;
  }
  std::array<BitModel, 3>& above_one = *models.above_one[CountClass(result.count)];
  int left = result.count;
  int above = 0;
  for (int position = 0; position < kBlockCoefficients; ++position) {
    const int level = levels[position];
    bool significant = left > 0;
    if (left > 0 && left < kBlockCoefficients - position) {
      significant = coder->Bit((*models.significant)[LeftClass(left)][position], level != 0);
    }
    if (!significant) {
      levels[position] = 0;
      continue;
    }
    --left;
    int magnitude = level < 0 ? -level : level;
    if (!coder->Bit(above_one[above], magnitude > 1)) {
      magnitude = 1;
    } else if (!coder->Bit((*models.above_two)[above], magnitude > 2)) {
      magnitude = 2;
    } else {
      magnitude = std::min(3 + CodeRemainder(magnitude - 3, *models.prefix, coder), kMaxLevel + 1);
    }
    const bool negative = coder->Bypass(level < 0, 1) != 0;
    levels[position] = int16_t(negative ? -magnitude : magnitude);
    above = std::min(2, above + (magnitude > 1));
    result.magnitude += magnitude;
  }
  return result;
}

// A unit of 8 or 16 cells that begins at block (x, y).
template <class Coder>
void CodeUnit(int x, int y, int unit_blocks, const PlaneContext& plane, PlaneLevels* levels, ResidualContexts* contexts,
              Coder* coder) {
  const int size = UnitSize(unit_blocks);
  const int groups = unit_blocks * unit_blocks;
  UnitContexts& units = contexts->units;
  const int place = plane.map->Class(y * levels->grid().blocks_x + x);
  int last = -1;
  std::array<int, kBlockCoefficients> counts{};
  if (levels->coded(x, y)) {
    for (int group = 0; group < groups; ++group) {
      const GroupPlace at = PlaceOf(group, unit_blocks);
      counts[group] = levels->count(x + at.x, y + at.y);
      if (counts[group] > 0) last = group;
    }
  }
  if (!coder->Bit(units.coded[size][plane.activity / 2][levels->NeighbourClass(x, y)][place], last >= 0)) {
    levels->SetUnit(x, y, unit_blocks, 0);
    return;
  }
  int end = 0;
  while (end < groups - 1 && coder->Bit(units.last[size][end], last > end)) ++end;
  std::array<std::array<bool, 5>, 5> coded{};  // [row + 1][column + 1]
  int magnitude = 0;
  for (int group = 0; group < groups; ++group) {
    const GroupPlace at = PlaceOf(group, unit_blocks);
    int16_t* group_levels = levels->levels(x + at.x, y + at.y);
    const int context = group == 0 ? 3 : coded[at.y][at.x + 1] + coded[at.y + 1][at.x];
    const bool here = group == end || (group < end && coder->Bit(units.group[size][context], counts[group] > 0));
    coded[at.y + 1][at.x + 1] = here;
    CodedLevels here_coded;
    if (here) {
      here_coded = CodeLevels(group_levels, counts[group], ModelsOfGroup(size, group > 0, &units), coder);
    } else {
      std::fill_n(group_levels, kBlockCoefficients, int16_t{0});
    }
    magnitude += here_coded.magnitude;
    levels->SetGroup(x + at.x, y + at.y, here_coded.count);
  }
  levels->SetUnit(x, y, unit_blocks, magnitude);
}

// `levels` is read by a writing coder and filled by a reading one.
template <class Coder>
void CodePlane(PlaneLevels* levels, bool any, const PlaneContext& plane, ResidualContexts* contexts, Coder* coder) {
  const int activity = plane.activity;
  if (!coder->Bit(contexts->plane[activity], any)) return;
  const BlockGrid& grid = levels->grid();
  std::vector<uint8_t> coded(size_t(grid.superblocks_x) * grid.superblocks_y);
  const bool one_superblock = coded.size() == 1;
  for (int sy = 0; sy < grid.superblocks_y; ++sy) {
    for (int sx = 0; sx < grid.superblocks_x; ++sx) {
      const int x_end = std::min((sx + 1) * kSuperblockBlocks, grid.blocks_x);
      const int y_end = std::min((sy + 1) * kSuperblockBlocks, grid.blocks_y);
      bool here = levels->HasLevels(sx, sy);
      if (!one_superblock) {
        const int neighbours = (sx > 0 && coded[size_t(sy) * grid.superblocks_x + sx - 1]) +
                               (sy > 0 && coded[size_t(sy - 1) * grid.superblocks_x + sx]);
        here = coder->Bit(contexts->superblock[activity][neighbours], here);
      } else {
        here = true;
      }
      coded[size_t(sy) * grid.superblocks_x + sx] = here;
      if (!here) continue;
      int unit_blocks = 1;
      if (!plane.lossless && coder->Bit(contexts->larger[activity / 2][levels->LargerNeighbours(sx, sy)],
                                        levels->unit_blocks(sx, sy) > 1)) {
        unit_blocks = coder->Bit(contexts->largest[activity / 2], levels->unit_blocks(sx, sy) > 2) ? 4 : 2;
      }
      levels->SetUnitBlocks(sx, sy, unit_blocks);
      coder->EndShared();
      if (unit_blocks > 1) {
        for (int y = sy * kSuperblockBlocks; y < y_end; y += unit_blocks) {
          for (int x = sx * kSuperblockBlocks; x < x_end; x += unit_blocks) {
            CodeUnit(x, y, unit_blocks, plane, levels, contexts, coder);
            coder->EndBlocks(y * grid.blocks_x + x, std::min(unit_blocks, grid.blocks_x - x),
                             std::min(unit_blocks, grid.blocks_y - y), grid.blocks_x);
          }
        }
        continue;
      }
      for (int y = sy * kSuperblockBlocks; y < y_end; ++y) {
        for (int x = sx * kSuperblockBlocks; x < x_end; ++x) {
          const int neighbours = levels->NeighbourClass(x, y);
          const int place = plane.map->Class(y * grid.blocks_x + x);
          const int count = levels->count(x, y);
          CodedLevels block;
          bool skip = plane.lossless;
          if (coder->Bit(contexts->block[activity][neighbours][place], count > 0)) {
            if (!plane.lossless) {
              skip = coder->Bit(contexts->skip[plane.lean][levels->SkipNeighbours(x, y)], levels->skip(x, y));
            }
            block = CodeLevels(levels->levels(x, y), count, ModelsOfBlock(activity, neighbours, skip, contexts), coder);
          }
          levels->SetBlock(x, y, block.count, block.magnitude, skip);
          coder->EndBlock(y * grid.blocks_x + x);
        }
      }
    }
  }
}

template <class Coder>
int CodeGain(int gain, int previous, ResidualContexts* contexts, Coder* coder) {
  if (coder->Bit(contexts->gain_same[previous], gain == previous)) return previous;
  // The 16 values other than the previous one, in order: a binary tree of four bits.
  const int index = gain - (gain > previous);
  int node = 1;
  for (int i = 3; i >= 0; --i) node = node << 1 | int(coder->Bit(contexts->gain_tree[node], (index >> i) & 1));
  const int value = node - 16;
  return value + (value >= previous);
}

}  // namespace

ResidualContexts::ResidualContexts(FrameClass frame_class) {
  // The members are arrays of models and nothing else, so they can be walked as one.
  static_assert(sizeof(ResidualContexts) == kResidualModels * sizeof(BitModel));
  auto* models = reinterpret_cast<BitModel*>(this);
  for (int i = 0; i < kResidualModels; ++i) {
    const StartState& start = kStartStates[int(frame_class)][i];
    models[i] = BitModel(start.one_probability, start.seen);
  }
}

void WritePlaneLevels(const PlaneContext& plane, ResidualContexts* contexts, RangeEncoder* out, PlaneLevels* levels) {
  Writing coder(out);
  CodePlane(levels, levels->totals().nonzero > 0, plane, contexts, &coder);
}

void ReadPlaneLevels(const PlaneContext& plane, ResidualContexts* contexts, RangeDecoder* in, PlaneLevels* levels,
                     BitMeter* meter) {
  levels->Clear();
  if (meter != nullptr) {
    MeteredReading coder(in, meter);
    CodePlane(levels, false, plane, contexts, &coder);
  } else {
    Reading coder(in);
    CodePlane(levels, false, plane, contexts, &coder);
  }
}

void WriteGain(int gain, int previous, ResidualContexts* contexts, RangeEncoder* out) {
  Writing coder(out);
  CodeGain(gain, previous, contexts, &coder);
}

int ReadGain(int previous, ResidualContexts* contexts, RangeDecoder* in) {
  Reading coder(in);
  return CodeGain(0, previous, contexts, &coder);
}

}  // namespace fsc
