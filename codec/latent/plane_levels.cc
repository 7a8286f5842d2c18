#include "codec/latent/plane_levels.h"

#include <algorithm>

namespace fsc {
namespace {

// 2^(1/4 i) in 1/65536.
constexpr std::array<int64_t, 4> kQuarterOctaves = {65536, 77936, 92682, 110218};

}  // namespace

PlaneLevels::PlaneLevels(const BlockGrid& grid)
    : grid_(grid),
      stride_(size_t(grid.superblocks_x) * kSuperblockBlocks),
      levels_(stride_ * grid.superblocks_y * kSuperblockBlocks * kBlockCoefficients),
      counts_(levels_.size() / kBlockCoefficients),
      coded_(counts_.size()),
      magnitudes_(counts_.size()),
      skips_(counts_.size()),
      unit_blocks_(size_t(grid.superblocks_x) * grid.superblocks_y, uint8_t{1}) {}

void PlaneLevels::SetBlock(int block_x, int block_y, int count, int magnitude, bool skip) {
  const size_t i = Index(block_x, block_y);
  skips_[i] = count > 0 && skip;
  counts_[i] = uint8_t(count);
  coded_[i] = count > 0;
  magnitudes_[i] = uint8_t(std::min(magnitude, 255));
}

void PlaneLevels::SetUnit(int block_x, int block_y, int blocks, int magnitude) {
  const int all = blocks * blocks;
  const int mean = magnitude == 0 ? 0 : std::clamp((magnitude + all / 2) / all, 1, 255);
  for (int y = block_y; y < block_y + blocks; ++y) {
    for (int x = block_x; x < block_x + blocks; ++x) {
      const size_t i = Index(x, y);
      skips_[i] = 0;
      coded_[i] = magnitude > 0;
      if (magnitude == 0) counts_[i] = 0;
      magnitudes_[i] = uint8_t(mean);
    }
  }
}

void PlaneLevels::Clear() {
  std::fill(counts_.begin(), counts_.end(), uint8_t{0});
  std::fill(coded_.begin(), coded_.end(), uint8_t{0});
  std::fill(magnitudes_.begin(), magnitudes_.end(), uint8_t{0});
  std::fill(skips_.begin(), skips_.end(), uint8_t{0});
  std::fill(unit_blocks_.begin(), unit_blocks_.end(), uint8_t{1});
}

int PlaneLevels::NeighbourClass(int block_x, int block_y) const {
  const int left = block_x > 0 ? magnitude(block_x - 1, block_y) : -1;
  const int up = block_y > 0 ? magnitude(block_x, block_y - 1) : -1;
  const int sum = left < 0 ? (up < 0 ? 0 : 2 * up) : (up < 0 ? 2 * left : left + up);
  return sum < 2 ? sum : sum < 4 ? 2 : sum < 9 ? 3 : sum < 21 ? 4 : 5;
}

int PlaneLevels::SkipNeighbours(int block_x, int block_y) const {
  int with_levels = 0;
  int skipped = 0;
  if (block_x > 0 && coded(block_x - 1, block_y)) {
    ++with_levels;
    skipped += skip(block_x - 1, block_y);
  }
  if (block_y > 0 && coded(block_x, block_y - 1)) {
    ++with_levels;
    skipped += skip(block_x, block_y - 1);
  }
  return with_levels == 0 ? 0 : skipped == 0 ? 1 : skipped < with_levels ? 2 : 3;
}

bool PlaneLevels::HasLevels(int superblock_x, int superblock_y) const {
  for (int y = 0; y < kSuperblockBlocks; ++y) {
    const size_t row = Index(superblock_x * kSuperblockBlocks, superblock_y * kSuperblockBlocks + y);
    for (int x = 0; x < kSuperblockBlocks; ++x) {
      if (coded_[row + x]) return true;
    }
  }
  return false;
}

int PlaneLevels::LargerNeighbours(int superblock_x, int superblock_y) const {
  return (superblock_x > 0 && unit_blocks(superblock_x - 1, superblock_y) > 1) +
         (superblock_y > 0 && unit_blocks(superblock_x, superblock_y - 1) > 1);
}

PlaneLevels::Totals PlaneLevels::totals() const {
  Totals totals;
  for (const uint8_t count : counts_) totals.nonzero += count;
  for (int y = 0; y < grid_.blocks_y; ++y) {
    for (int x = 0; x < grid_.blocks_x; ++x) {
      totals.coded += coded(x, y);
      totals.skipped += skip(x, y);
    }
  }
  return totals;
}

PlaneLevels::Superblock PlaneLevels::superblock(int superblock_x, int superblock_y) const {
  Superblock result;
  for (int y = 0; y < kSuperblockBlocks; ++y) {
    const size_t from = Index(superblock_x * kSuperblockBlocks, superblock_y * kSuperblockBlocks + y);
    const size_t to = size_t(y) * kSuperblockBlocks;
    std::copy_n(levels_.data() + from * kBlockCoefficients, kSuperblockBlocks * kBlockCoefficients,
                result.levels.data() + to * kBlockCoefficients);
    std::copy_n(counts_.data() + from, kSuperblockBlocks, result.counts.data() + to);
    std::copy_n(coded_.data() + from, kSuperblockBlocks, result.coded.data() + to);
    std::copy_n(magnitudes_.data() + from, kSuperblockBlocks, result.magnitudes.data() + to);
    std::copy_n(skips_.data() + from, kSuperblockBlocks, result.skips.data() + to);
  }
  return result;
}

void PlaneLevels::SetSuperblock(int superblock_x, int superblock_y, const Superblock& superblock) {
  for (int y = 0; y < kSuperblockBlocks; ++y) {
    const size_t to = Index(superblock_x * kSuperblockBlocks, superblock_y * kSuperblockBlocks + y);
    const size_t from = size_t(y) * kSuperblockBlocks;
    std::copy_n(superblock.levels.data() + from * kBlockCoefficients, kSuperblockBlocks * kBlockCoefficients,
                levels_.data() + to * kBlockCoefficients);
    std::copy_n(superblock.counts.data() + from, kSuperblockBlocks, counts_.data() + to);
    std::copy_n(superblock.coded.data() + from, kSuperblockBlocks, coded_.data() + to);
    std::copy_n(superblock.magnitudes.data() + from, kSuperblockBlocks, magnitudes_.data() + to);
    std::copy_n(superblock.skips.data() + from, kSuperblockBlocks, skips_.data() + to);
  }
}

void BlockMap::Update(const PlaneLevels& levels) {
  const BlockGrid& grid = levels.grid();
  size_t i = 0;
  for (int y = 0; y < grid.blocks_y; ++y) {
    for (int x = 0; x < grid.blocks_x; ++x, ++i) {
      values_[i] = uint8_t(values_[i] - (values_[i] >> 2) + (levels.coded(x, y) ? 63 : 0));
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

}  // namespace fsc
