// Intra prediction: what the modes continue, that they ask nothing that is not decoded yet, and the coding of modes.
#include "codec/latent/intra.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

namespace fsc {
namespace {

using Pattern = std::function<int(int x, int y)>;

Plane<int16_t> Drawn(int width, int height, const Pattern& pattern) {
  Plane<int16_t> plane(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) plane.row(y)[x] = int16_t(pattern(x, y));
  }
  return plane;
}

BlockMode Direction(int index) {
  return BlockMode(int(BlockMode::kFirstDirection) + index);
}

// Expects the prediction of the block to be the pattern itself.
void ExpectContinued(const Pattern& pattern, BlockMode mode, int block_x, int block_y) {
  const Plane<int16_t> plane = Drawn(48, 48, pattern);
  IntraBlock out;
  PredictIntraBlock(plane.view(), block_x, block_y, mode, kGainUnit, &out);
  for (int i = 0; i < kBlockCoefficients; ++i) {
    const int x = block_x * kBlockCells + i % kBlockCells;
    const int y = block_y * kBlockCells + i / kBlockCells;
    EXPECT_EQ(out[i], pattern(x, y)) << int(mode) << " at " << x << ", " << y;
  }
}

TEST(LatentIntra, DiagonalsAreContinued) {
  std::mt19937 random(1);
  std::vector<int> values(200);
  for (int& value : values) value = int(random() % 65535) - 32767;
  // The first block of a superblock has both edges whole.
  ExpectContinued([&](int x, int y) { return values[100 + x - y]; }, Direction(7), 4, 4);
  ExpectContinued([&](int x, int y) { return values[x + y]; }, Direction(14), 4, 4);
  ExpectContinued([&](int x, int y) { return values[x + y]; }, Direction(0), 4, 4);
  ExpectContinued([&](int, int y) { return values[y]; }, BlockMode::kHorizontal, 5, 6);
  ExpectContinued([&](int x, int) { return values[x]; }, BlockMode::kVertical, 5, 6);
}

TEST(LatentIntra, RampsAlongADirectionAreContinued) {
  // Linear across the direction and constant along it: fractions of a cell are exact. Directions that point well into
  // the other edge take it at whole cells, and are not.
  struct Case {
    int direction, step;
  };
  for (const Case c : {Case{10, -5}, Case{11, 5}, Case{12, 13}, Case{13, 21}, Case{14, 32}}) {
    ExpectContinued([c](int x, int y) { return 32 * x + c.step * y; }, Direction(c.direction), 4, 8);
    const int mirrored = 14 - c.direction;
    ExpectContinued([c](int x, int y) { return 32 * y + c.step * x; }, Direction(mirrored), 8, 4);
  }
}

TEST(LatentIntra, PlanarIsSmoothAndDirectionsOfAFlatPlaneAreFlat) {
  for (int mode = int(BlockMode::kMean); mode < kBlockModes; ++mode) {
    for (int by = 0; by < 6; ++by) {
      for (int bx = 0; bx < 6; ++bx) {
        const Plane<int16_t> plane = Drawn(23, 22, [](int, int) { return -32767; });
        IntraBlock out;
        PredictIntraBlock(plane.view(), bx, by, BlockMode(mode), kGainUnit, &out);
        const int16_t expected = bx == 0 && by == 0 ? 0 : -32767;
        EXPECT_TRUE(std::ranges::all_of(out, [&](int16_t v) { return v == expected; }))
            << mode << " " << bx << " " << by;
        PredictIntraBlock(plane.view(), bx, by, BlockMode(mode), 0, &out);
        EXPECT_TRUE(std::ranges::all_of(out, [](int16_t v) { return v == 0; }));
      }
    }
  }
}

// The cells that are decoded before a block, by the order of units of each size: whatever stands elsewhere does not
// matter.
TEST(LatentIntra, AsksOnlyForWhatIsDecodedBefore) {
  const BlockGrid grid(45, 39);
  std::mt19937 random(2);
  const Plane<int16_t> plane = Drawn(45, 39, [&](int, int) { return int(random() % 2001) - 1000; });
  for (int unit_blocks = 1; unit_blocks <= kSuperblockBlocks; unit_blocks *= 2) {
    // Blocks in decoding order, the units of a superblock one after the other, as PredictUnit walks them.
    std::vector<std::pair<int, int>> order;
    for (int sy = 0; sy < grid.superblocks_y; ++sy) {
      for (int sx = 0; sx < grid.superblocks_x; ++sx) {
        for (int uy = 0; uy < kSuperblockBlocks; uy += unit_blocks) {
          for (int ux = 0; ux < kSuperblockBlocks; ux += unit_blocks) {
            for (int y = 0; y < unit_blocks; ++y) {
              for (int x = 0; x < unit_blocks; ++x) {
                const int bx = sx * kSuperblockBlocks + ux + x;
                const int by = sy * kSuperblockBlocks + uy + y;
                if (bx < grid.blocks_x && by < grid.blocks_y) order.emplace_back(bx, by);
              }
            }
          }
        }
      }
    }
    ASSERT_EQ(int(order.size()), grid.blocks());
    Plane<int16_t> known = Drawn(45, 39, [](int, int) { return 30000; });
    for (const auto& [bx, by] : order) {
      for (int mode = int(BlockMode::kNone); mode < kBlockModes; ++mode) {
        IntraBlock whole;
        IntraBlock partly;
        PredictIntraBlock(plane.view(), bx, by, BlockMode(mode), kGainUnit, &whole);
        PredictIntraBlock(known.view(), bx, by, BlockMode(mode), kGainUnit, &partly);
        ASSERT_EQ(whole, partly) << "units of " << unit_blocks << ", mode " << mode << " at " << bx << ", " << by;
      }
      for (int y = by * kBlockCells; y < std::min((by + 1) * kBlockCells, 39); ++y) {
        for (int x = bx * kBlockCells; x < std::min((bx + 1) * kBlockCells, 45); ++x) known.row(y)[x] = plane.row(y)[x];
      }
    }
  }
}

TEST(LatentIntra, EdgesInOneStepAndTwoAgree) {
  std::mt19937 random(3);
  const Plane<int16_t> plane = Drawn(21, 18, [&](int, int) { return int(random() % 65536) - 32768; });
  for (int by = 0; by < 5; ++by) {
    for (int bx = 0; bx < 6; ++bx) {
      const IntraEdges edges = ReadIntraEdges(plane.view(), bx, by);
      for (int mode = int(BlockMode::kNone); mode < kBlockModes; ++mode) {
        for (const int gain : {0, 1, 7, 16}) {
          IntraBlock one;
          IntraBlock two;
          PredictIntraBlock(plane.view(), bx, by, BlockMode(mode), gain, &one);
          PredictFromEdges(edges, bx, by, BlockMode(mode), gain, &two);
          ASSERT_EQ(one, two) << mode;
        }
      }
    }
  }
}

TEST(LatentModes, EveryModeComesBackAndAnyBytesGiveModesThatExist) {
  std::mt19937 random(4);
  for (int references = 0; references <= 2; ++references) {
    for (const BlockGrid grid : {BlockGrid(1, 1), BlockGrid(4, 37), BlockGrid(37, 4), BlockGrid(67, 45)}) {
      ModeMap map{grid, std::vector<BlockMode>(grid.blocks())};
      for (BlockMode& mode : map.modes) {
        do {
          mode = BlockMode(random() % kBlockModes);
        } while (!ModeExists(mode, references));
      }
      ModeContexts writing;
      ModeContexts costing;
      uint64_t cost256 = 0;
      RangeEncoder out;
      for (int y = 0; y < grid.blocks_y && grid.blocks() == 1; ++y) {
        cost256 += ModeCost256(map, 0, y, map.at(0, y), references, costing);
      }
      WriteModeMap(map, references, &writing, &out);
      const std::vector<uint8_t> bytes = out.Finish();
      if (grid.blocks() == 1) {
        EXPECT_EQ(cost256, uint64_t{kModeTreeBits} * 256);
      }
      RangeDecoder in(bytes);
      ModeContexts reading;
      EXPECT_EQ(ReadModeMap(grid, references, &reading, &in).modes, map.modes);
      EXPECT_FALSE(in.overrun());

      std::vector<uint8_t> noise(200);
      for (uint8_t& byte : noise) byte = uint8_t(random());
      RangeDecoder damaged(noise);
      for (const BlockMode mode : ReadModeMap(grid, references, &reading, &damaged).modes) {
        EXPECT_TRUE(ModeExists(mode, references));
        EXPECT_LT(int(mode), kBlockModes);
      }
    }
  }
}

}  // namespace
}  // namespace fsc
