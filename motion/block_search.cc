#include "motion/block_search.h"

#include <algorithm>
#include <cstdlib>

#include "motion/search_cost.h"

namespace fsc {
namespace {

constexpr int kCoarsestRadiusPx = 7;  // everything within it is tried on the coarsest level
constexpr int kMaxSteps = 16;         // of one diamond search

// The search of one leaf on one level.
class LeafSearch {
 public:
  LeafSearch(const SearchLevel& level, int leaf_x, int leaf_y, MotionVector expected, int range_qpel,
             const SearchCost& cost)
      : level_(level), leaf_x_(leaf_x), leaf_y_(leaf_y), expected_(expected), range_qpel_(range_qpel), cost_(cost) {}

  // Rounded to whole pixels.
  void TryWhole(MotionVector v) { Try({int16_t((v.dx_qpel + 2) & ~3), int16_t((v.dy_qpel + 2) & ~3)}); }

  bool Try(MotionVector v) {
    if (std::abs(v.dx_qpel) > range_qpel_ || std::abs(v.dy_qpel) > range_qpel_) return false;
    if (known_ && v == best_) return false;
    const uint32_t sad = level_.Sad(leaf_x_, leaf_y_, v);
    const uint64_t cost =
        cost_(sad, SearchCost::DifferenceBits16(v.dx_qpel - expected_.dx_qpel, v.dy_qpel - expected_.dy_qpel));
    if (known_ && cost >= best_cost_) return false;
    known_ = true;
    best_ = v;
    best_cost_ = cost;
    return true;
  }

  // Moves to the best of the four neighbours at `step_qpel` until none is better.
  void Diamond(int step_qpel, int max_steps) {
    int from = -1;  // the direction not to look back to
    for (int i = 0; i < max_steps; ++i) {
      const MotionVector centre = best_;
      int moved = -1;
      for (int k = 0; k < 4; ++k) {
        if (k == from) continue;
        if (Try(Neighbour(centre, k, step_qpel))) moved = k;
      }
      if (moved < 0) return;
      from = moved ^ 1;
    }
  }

  MotionVector best() const { return best_; }

 private:
  static MotionVector Neighbour(MotionVector v, int direction, int step) {
    const int sign = direction & 1 ? step : -step;
    return direction < 2 ? ClampVector(v.dx_qpel + sign, v.dy_qpel) : ClampVector(v.dx_qpel, v.dy_qpel + sign);
  }

  const SearchLevel& level_;
  const int leaf_x_;
  const int leaf_y_;
  const MotionVector expected_;
  const int range_qpel_;
  const SearchCost& cost_;
  bool known_ = false;
  MotionVector best_;
  uint64_t best_cost_ = 0;
};

struct LeafGrid {
  int leaves_x = 0;
  int leaves_y = 0;
  std::vector<MotionVector> vectors;

  MotionVector At(int x, int y) const {
    x = std::clamp(x, 0, leaves_x - 1);
    y = std::clamp(y, 0, leaves_y - 1);
    return vectors[size_t(y) * leaves_x + x];
  }
};

MotionVector Doubled(MotionVector v) {
  return ClampVector(2 * v.dx_qpel, 2 * v.dy_qpel);
}

}  // namespace

std::vector<MotionVector> SearchLeaves(const std::vector<SearchLevel>& levels,
                                       std::span<const std::vector<MotionVector>> predictors,
                                       const MotionSearchOptions& options) {
  const SearchCost cost(options.lambda * double(levels[0].current.size()));
  const int finest_x = levels[0].leaves_x();
  const int finest_y = levels[0].leaves_y();
  LeafGrid coarser;
  for (int index = int(levels.size()) - 1; index >= 0; --index) {
    const SearchLevel& level = levels[index];
    const bool coarsest = coarser.vectors.empty();
    LeafGrid grid{level.leaves_x(), level.leaves_y(), {}};
    grid.vectors.resize(size_t(grid.leaves_x) * grid.leaves_y);
    const int range_qpel = std::max(1, options.range_px >> index) * 4;
    const auto search_row = [&](int y) {
      for (int x = 0; x < grid.leaves_x; ++x) {
        const MotionVector expected = coarsest ? MotionVector{} : Doubled(coarser.At(x / 2, y / 2));
        LeafSearch search(level, x, y, expected, range_qpel, cost);
        search.Try({});
        search.TryWhole(expected);
        if (x > 0) search.TryWhole(grid.vectors[size_t(y) * grid.leaves_x + x - 1]);
        for (const std::vector<MotionVector>& predictor : predictors) {
          const int from_x = std::min((x << index) + (1 << index >> 1), finest_x - 1);
          const int from_y = std::min((y << index) + (1 << index >> 1), finest_y - 1);
          const MotionVector v = predictor[size_t(from_y) * finest_x + from_x];
          search.TryWhole(ClampVector(v.dx_qpel >> index, v.dy_qpel >> index));
        }
        if (coarsest) {
          const int radius = std::min(kCoarsestRadiusPx, range_qpel / 4);
          for (int dy = -radius; dy <= radius; dy += 2) {
            for (int dx = -radius; dx <= radius; dx += 2) search.Try({int16_t(4 * dx), int16_t(4 * dy)});
          }
        } else {
          const int beside_x = x & 1 ? x / 2 + 1 : x / 2 - 1;
          const int beside_y = y & 1 ? y / 2 + 1 : y / 2 - 1;
          search.TryWhole(Doubled(coarser.At(beside_x, y / 2)));
          search.TryWhole(Doubled(coarser.At(x / 2, beside_y)));
          search.TryWhole(Doubled(coarser.At(beside_x, beside_y)));
        }
        search.Diamond(4, kMaxSteps);
        grid.vectors[size_t(y) * grid.leaves_x + x] = search.best();
      }
    };
    RunOnPool(options.pool, grid.leaves_y, search_row);
    coarser = std::move(grid);
  }
  return std::move(coarser.vectors);
}

}  // namespace fsc
