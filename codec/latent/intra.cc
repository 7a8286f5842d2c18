#include "codec/latent/intra.h"

#include <algorithm>
#include <tuple>

namespace fsc {
namespace {

constexpr int kEdge = IntraEdges::kCells - 1;

// From the left edge or the upper one; where row (or column) 1 of the block points to, in 1/32 cell along the edge; and
// the cells of the other edge that stand before its corner for those that point there.
struct Direction {
  bool from_top;
  int step;
  std::array<uint8_t, 3> before;
};
constexpr std::array<Direction, kDirections> kDirectionOf = {{{false, 32, {}},
                                                              {false, 21, {}},
                                                              {false, 13, {}},
                                                              {false, 5, {}},
                                                              {false, -5, {}},
                                                              {false, -13, {2}},
                                                              {false, -21, {2, 3}},
                                                              {true, -32, {1, 2, 3}},
                                                              {true, -21, {2, 3}},
                                                              {true, -13, {2}},
                                                              {true, -5, {}},
                                                              {true, 5, {}},
                                                              {true, 13, {}},
                                                              {true, 21, {}},
                                                              {true, 32, {}}}};

int16_t Scaled(int value, int gain) {
  return int16_t((value * gain + 8) >> 4);
}

// Rounded towards minus infinity after adding half: (2 sum + count) / (2 count).
int Mean(int32_t sum, int count) {
  if (count == 0) return 0;
  const int32_t numerator = 2 * sum + count;
  return numerator >= 0 ? numerator / (2 * count) : -((-numerator + 2 * count - 1) / (2 * count));
}

int MeanBeside(PlaneView<const int16_t> plane, int x0, int y0) {
  const int columns = std::min(kBlockCells, plane.width - x0);
  const int rows = std::min(kBlockCells, plane.height - y0);
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
  return Mean(sum, count);
}

// Whether the block above and right of this one, or below and left, is decoded before it in units of any size.
bool UsesAboveRight(int block_x, int block_y) {
  const int column = block_x % kSuperblockBlocks;
  if (block_y % kSuperblockBlocks == 0) return true;
  return column != kSuperblockBlocks - 1 && (column % 2 == 0 || block_y % 2 == 0);
}
bool UsesBelowLeft(int block_x, int block_y) {
  return block_x % kSuperblockBlocks == 0 && block_y % kSuperblockBlocks != kSuperblockBlocks - 1;
}

void PredictPlanar(const IntraEdges& edges, int gain, IntraBlock* out) {
  constexpr int kLast = kBlockCells - 1;
  const int right = edges.top[kBlockCells + 1];
  const int below = edges.left[kBlockCells + 1];
  for (int y = 0; y < kBlockCells; ++y) {
    for (int x = 0; x < kBlockCells; ++x) {
      const int across = (kLast - x) * edges.left[y + 1] + (x + 1) * right;
      const int down = (kLast - y) * edges.top[x + 1] + (y + 1) * below;
      (*out)[y * kBlockCells + x] = Scaled((across + down + kBlockCells) >> 3, gain);
    }
  }
}

void PredictDirection(const IntraEdges& edges, const Direction& direction, int gain, IntraBlock* out) {
  const auto& along = direction.from_top ? edges.top : edges.left;
  const auto& other = direction.from_top ? edges.left : edges.top;
  constexpr int kBefore = int(std::tuple_size_v<decltype(direction.before)>);
  std::array<int32_t, kBefore + IntraEdges::kCells> edge;  // from kBefore on the edge itself
  for (int i = 0; i < kBefore; ++i) edge[kBefore - 1 - i] = other[direction.before[i]];
  std::copy(along.begin(), along.end(), edge.begin() + kBefore);
  for (int i = 0; i < kBlockCells; ++i) {
    const int whole = ((i + 1) * direction.step) >> 5;
    const int part = ((i + 1) * direction.step) & 31;
    for (int j = 0; j < kBlockCells; ++j) {
      const int32_t* at = edge.data() + kBefore + j + whole + 1;
      // Where nothing of the second cell is taken, it may lie past the edge.
      const int value = part == 0 ? at[0] : ((32 - part) * at[0] + part * at[1] + 16) >> 5;
      (*out)[direction.from_top ? i * kBlockCells + j : j * kBlockCells + i] = Scaled(value, gain);
    }
  }
}

}  // namespace

IntraEdges ReadIntraEdges(PlaneView<const int16_t> plane, int block_x, int block_y) {
  IntraEdges edges;
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  edges.any = x0 > 0 || y0 > 0;
  if (!edges.any) return edges;
  edges.mean = MeanBeside(plane, x0, y0);
  int rows = 0;
  if (x0 > 0) {
    rows = std::min(UsesBelowLeft(block_x, block_y) ? kEdge : kBlockCells, plane.height - y0);
    for (int i = 0; i < rows; ++i) edges.left[i + 1] = plane.row(y0 + i)[x0 - 1];
  }
  int columns = 0;
  if (y0 > 0) {
    columns = std::min(UsesAboveRight(block_x, block_y) ? kEdge : kBlockCells, plane.width - x0);
    const int16_t* above = plane.row(y0 - 1) + x0;
    for (int i = 0; i < columns; ++i) edges.top[i + 1] = above[i];
  }
  const int corner = x0 == 0 ? edges.top[1] : y0 == 0 ? edges.left[1] : plane.row(y0 - 1)[x0 - 1];
  edges.left[0] = edges.top[0] = corner;
  std::fill(edges.left.begin() + rows + 1, edges.left.end(), edges.left[rows]);
  std::fill(edges.top.begin() + columns + 1, edges.top.end(), edges.top[columns]);
  return edges;
}

void PredictFromEdges(const IntraEdges& edges, int block_x, int block_y, BlockMode mode, int gain, IntraBlock* out) {
  if (mode == BlockMode::kNone || gain == 0 || !edges.any) {
    out->fill(0);
  } else if (mode == BlockMode::kHorizontal && block_x > 0) {
    for (int i = 0; i < kBlockCoefficients; ++i) (*out)[i] = Scaled(edges.left[i / kBlockCells + 1], gain);
  } else if (mode == BlockMode::kVertical && block_y > 0) {
    for (int i = 0; i < kBlockCoefficients; ++i) (*out)[i] = Scaled(edges.top[i % kBlockCells + 1], gain);
  } else if (mode < BlockMode::kPlanar) {
    out->fill(Scaled(edges.mean, gain));
  } else if (mode == BlockMode::kPlanar) {
    PredictPlanar(edges, gain, out);
  } else {
    PredictDirection(edges, kDirectionOf[int(mode) - int(BlockMode::kFirstDirection)], gain, out);
  }
}

void PredictIntraBlock(PlaneView<const int16_t> plane, int block_x, int block_y, BlockMode mode, int gain,
                       IntraBlock* out) {
  if (mode == BlockMode::kNone || gain == 0) {
    out->fill(0);
  } else if (mode == BlockMode::kMean) {
    out->fill(Scaled(MeanBeside(plane, block_x * kBlockCells, block_y * kBlockCells), gain));
  } else {
    PredictFromEdges(ReadIntraEdges(plane, block_x, block_y), block_x, block_y, mode, gain, out);
  }
}

}  // namespace fsc
