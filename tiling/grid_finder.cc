#include "tiling/grid_finder.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace fsc {
namespace {

constexpr int kSmallestTilePx = 3;
constexpr int kMostLeftOver = 1;
// Standard errors by which borders change more than all else. Of nine tensors of real networks (SqueezeNet, YOLOX,
// ResNet-18) eight have 11 to 38 in one picture, and 13 x 13 cells of which 91 % are zeros 2
// (bench/results/tile_search.md).
constexpr double kBeyondDoubt = 4;

// How much the borders of tiles of this size stand out.
double StandsOut(const std::vector<double>& changes, int used_px, int tile_px) {
  double border = 0, inside = 0, inside_squares = 0;
  int borders = 0, others = 0;
  for (int i = 0; i < int(changes.size()); ++i) {
    if (i + 1 < used_px && (i + 1) % tile_px == 0) {
      border += changes[size_t(i)];
      ++borders;
    } else {
      inside += changes[size_t(i)];
      inside_squares += changes[size_t(i)] * changes[size_t(i)];
      ++others;
    }
  }
  if (borders == 0 || others == 0) return 0;
  const double mean = inside / others;
  const double variance = std::max(inside_squares / others - mean * mean, 0.0);
  const double difference = border / borders - mean;
  if (difference <= 0) return 0;
  return difference * std::sqrt(double(borders) / std::max(variance, 1e-12 * difference * difference));
}

// The size along one side; 0 where there is none.
int FindAlong(const std::vector<double>& changes, int side_px) {
  int best_px = 0;
  double best = kBeyondDoubt;
  for (int left_over = 0; left_over <= kMostLeftOver; ++left_over) {
    const int used_px = side_px - left_over;
    for (int tile_px = kSmallestTilePx; tile_px <= used_px / 2; ++tile_px) {
      if (used_px % tile_px != 0) continue;
      const double found = StandsOut(changes, used_px, tile_px);
      if (found > best) {
        best = found;
        best_px = tile_px;
      }
    }
  }
  return best_px;
}

}  // namespace

GridFinder::GridFinder(int width_px, int height_px)
    : width_px_(width_px),
      height_px_(height_px),
      row_changes_(size_t(std::max(height_px - 1, 0))),
      column_changes_(size_t(std::max(width_px - 1, 0))) {}

void GridFinder::Add(PlaneView<const uint16_t> picture) {
  for (int y = 0; y < height_px_; ++y) {
    const uint16_t* row = picture.row(y);
    for (int x = 0; x + 1 < width_px_; ++x) column_changes_[size_t(x)] += std::abs(int(row[x + 1]) - row[x]);
    if (y + 1 == height_px_) break;
    const uint16_t* below = picture.row(y + 1);
    for (int x = 0; x < width_px_; ++x) row_changes_[size_t(y)] += std::abs(int(below[x]) - row[x]);
  }
}

std::optional<TileSize> GridFinder::Find() const {
  const TileSize size = {FindAlong(column_changes_, width_px_), FindAlong(row_changes_, height_px_)};
  if (size.width_px == 0 || size.height_px == 0) return std::nullopt;
  return size;
}

}  // namespace fsc
