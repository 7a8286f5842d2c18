#include "codec/latent_residual.h"

#include <algorithm>
#include <cstring>

#include "codec/latent_start_states.h"
#include "codec/latent_transform.h"

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

 private:
  RangeDecoder* in_;
};

class MeteredReading : public Reading {
 public:
  MeteredReading(RangeDecoder* in, BitMeter* meter) : Reading(in), in_(in), meter_(meter) {}
  void EndShared() { meter_->ChargeShared(*in_); }
  void EndBlock(int block) { meter_->ChargeBlock(block, *in_); }

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

template <class Coder>
int CodeMagnitude(int magnitude, int count_class, int neighbours, int above, ResidualContexts* contexts, Coder* coder) {
  if (!coder->Bit(contexts->above_one[count_class][neighbours][above], magnitude > 1)) return 1;
  if (!coder->Bit(contexts->above_two[neighbours][above], magnitude > 2)) return 2;
  return std::min(3 + CodeRemainder(magnitude - 3, contexts->prefix[neighbours], coder), kMaxLevel + 1);
}

// Levels of a block with at least one. Returns the count and the sum of magnitudes through the pointers when reading.
template <class Coder>
void CodeBlock(int16_t* levels, int count, bool skip, int activity, int neighbours, ResidualContexts* contexts,
               Coder* coder, int* count_out, int* magnitude_out) {
  auto& count_models = contexts->count[activity / 2][neighbours];
  int n = 1;
  while (n < kBlockCoefficients && coder->Bit(count_models[n - 1], count > n)) ++n;
  const int count_class = CountClass(n);
  int left = n;
  int above = 0;
  int sum = 0;
  for (int position = 0; position < kBlockCoefficients; ++position) {
    int level = levels[position];
    bool significant = left > 0;
    if (left > 0 && left < kBlockCoefficients - position) {
      significant = coder->Bit(contexts->significant[skip][LeftClass(left)][position], level != 0);
    }
    if (!significant) {
      levels[position] = 0;
      continue;
    }
    --left;
    const int magnitude = CodeMagnitude(level < 0 ? -level : level, count_class, neighbours, above, contexts, coder);
    const bool negative = coder->Bypass(level < 0, 1) != 0;
    levels[position] = int16_t(negative ? -magnitude : magnitude);
    above = std::min(2, above + (magnitude > 1));
    sum += magnitude;
  }
  *count_out = n;
  *magnitude_out = sum;
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
      bool here = false;
      for (int y = sy * kSuperblockBlocks; y < y_end; ++y) {
        for (int x = sx * kSuperblockBlocks; x < x_end; ++x) here |= levels->count(x, y) > 0;
      }
      if (!one_superblock) {
        const int neighbours = (sx > 0 && coded[size_t(sy) * grid.superblocks_x + sx - 1]) +
                               (sy > 0 && coded[size_t(sy - 1) * grid.superblocks_x + sx]);
        here = coder->Bit(contexts->superblock[activity][neighbours], here);
      } else {
        here = true;
      }
      coded[size_t(sy) * grid.superblocks_x + sx] = here;
      if (!here) continue;
      coder->EndShared();
      for (int y = sy * kSuperblockBlocks; y < y_end; ++y) {
        for (int x = sx * kSuperblockBlocks; x < x_end; ++x) {
          const int neighbours = levels->NeighbourClass(x, y);
          const int place = plane.map->Class(y * grid.blocks_x + x);
          int count = levels->count(x, y);
          int magnitude = 0;
          bool skip = plane.lossless;
          if (coder->Bit(contexts->block[activity][neighbours][place], count > 0)) {
            if (!plane.lossless) {
              skip = coder->Bit(contexts->skip[plane.lean][levels->SkipNeighbours(x, y)], levels->skip(x, y));
            }
            CodeBlock(levels->levels(x, y), count, skip, activity, neighbours, contexts, coder, &count, &magnitude);
          } else {
            count = 0;
          }
          levels->SetBlock(x, y, count, magnitude, skip);
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

// 2^(1/4 i) in 1/65536.
constexpr std::array<int64_t, 4> kQuarterOctaves = {65536, 77936, 92682, 110218};

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

PlaneLevels::PlaneLevels(const BlockGrid& grid)
    : grid_(grid),
      levels_(size_t(grid.blocks()) * kBlockCoefficients),
      counts_(grid.blocks()),
      magnitudes_(grid.blocks()),
      skips_(grid.blocks()) {}

void PlaneLevels::SetBlock(int block_x, int block_y, int count, int magnitude, bool skip) {
  skips_[Index(block_x, block_y)] = count > 0 && skip;
  counts_[Index(block_x, block_y)] = uint8_t(count);
  magnitudes_[Index(block_x, block_y)] = uint8_t(std::min(magnitude, 255));
}

void PlaneLevels::Clear() {
  std::fill(counts_.begin(), counts_.end(), uint8_t{0});
  std::fill(magnitudes_.begin(), magnitudes_.end(), uint8_t{0});
  std::fill(skips_.begin(), skips_.end(), uint8_t{0});
}

int PlaneLevels::NeighbourClass(int block_x, int block_y) const {
  const int left = block_x > 0 ? magnitude(block_x - 1, block_y) : -1;
  const int up = block_y > 0 ? magnitude(block_x, block_y - 1) : -1;
  const int sum = left < 0 ? (up < 0 ? 0 : 2 * up) : (up < 0 ? 2 * left : left + up);
  return sum < 2 ? sum : sum < 4 ? 2 : sum < 9 ? 3 : sum < 21 ? 4 : 5;
}

int PlaneLevels::SkipNeighbours(int block_x, int block_y) const {
  int coded = 0;
  int skipped = 0;
  if (block_x > 0 && count(block_x - 1, block_y) > 0) {
    ++coded;
    skipped += skip(block_x - 1, block_y);
  }
  if (block_y > 0 && count(block_x, block_y - 1) > 0) {
    ++coded;
    skipped += skip(block_x, block_y - 1);
  }
  return coded == 0 ? 0 : skipped == 0 ? 1 : skipped < coded ? 2 : 3;
}

PlaneLevels::Totals PlaneLevels::totals() const {
  Totals totals;
  for (size_t i = 0; i < counts_.size(); ++i) {
    totals.nonzero += counts_[i];
    totals.coded += counts_[i] > 0;
    totals.skipped += skips_[i];
  }
  return totals;
}

void BlockMap::Update(const PlaneLevels& levels) {
  const BlockGrid& grid = levels.grid();
  size_t i = 0;
  for (int y = 0; y < grid.blocks_y; ++y) {
    for (int x = 0; x < grid.blocks_x; ++x, ++i) {
      values_[i] = uint8_t(values_[i] - (values_[i] >> 2) + (levels.count(x, y) > 0 ? 63 : 0));
    }
  }
}

PlaneActivity::PlaneActivity(const std::vector<uint8_t>& plane_scale, int32_t step_q4)
    : planes_(int(plane_scale.size())),
      density_(plane_scale.size() * kFrameClasses, -1),
      leans_(plane_scale.size() * kFrameClasses, 96) {
  for (int k = 0; k < planes_; ++k) {
    // Deviation over step in 1/16; a guess of the share of levels that are not zero.
    const int scale = plane_scale[k];
    const int64_t deviation_q4 = (kQuarterOctaves[scale & 3] << (scale >> 2)) >> 16;  // 16 * 2^(scale / 4 - 4)
    const int64_t ratio_q4 = 16 * deviation_q4 / step_q4;
    density_[k] = int32_t(std::min<int64_t>(16 * 1024, ratio_q4 * ratio_q4 * 8));
  }
}

int PlaneActivity::Class(FrameClass frame_class, int plane) const {
  // A class that was not seen yet borrows from the one before it, and expects a quarter.
  int32_t density = -1;
  int shift = 0;
  for (int c = int(frame_class); c >= 0 && density < 0; --c, shift += 2)
    density = density_[size_t(c) * planes_ + plane];
  density = std::max(density, 0) >> std::max(0, shift - 2);
  return density < 8      ? 0
         : density < 24   ? 1
         : density < 64   ? 2
         : density < 160  ? 3
         : density < 400  ? 4
         : density < 1000 ? 5
         : density < 3000 ? 6
                          : 7;
}

void PlaneActivity::Update(FrameClass frame_class, int plane, const PlaneLevels::Totals& totals, int blocks) {
  if (totals.coded > 0) {
    uint8_t& lean = leans_[size_t(frame_class) * planes_ + plane];
    lean = uint8_t((lean + 255 * totals.skipped / totals.coded + 1) >> 1);
  }
  const int32_t now = int32_t(int64_t{totals.nonzero} * 1024 / std::max(blocks, 1));
  int32_t& density = density_[size_t(frame_class) * planes_ + plane];
  density = density < 0 ? now : (density + now + 1) >> 1;
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
