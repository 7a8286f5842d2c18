#include "motion/field_decision.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>

#include "motion/motion_prediction.h"
#include "motion/search_cost.h"

namespace fsc {
namespace {

constexpr int kMaxCandidates = 16;
constexpr int kMaxRefinements = 6;

// Remembers what a leaf's vectors cost: candidates of block and leaf largely coincide. Looked up more often than a SAD
// is computed, so all keys are compared at once, without a branch.
class LeafSads {
 public:
  void Start(const SearchLevel* level, int leaf_x, int leaf_y) {
    level_ = level;
    leaf_x_ = leaf_x;
    leaf_y_ = leaf_y;
    keys_.fill(kNoKey);
  }
  uint32_t operator()(MotionVector v) {
    const uint32_t key = uint32_t(uint16_t(v.dx_qpel)) | uint32_t(uint16_t(v.dy_qpel)) << 16;
    uint32_t slot = 0;  // 1 + the key's place
    for (uint32_t i = 0; i < kKnownSads; ++i) slot |= keys_[i] == key ? i + 1 : 0;
    if (slot != 0) return sads_[slot - 1];
    const uint32_t place = next_++ % kKnownSads;
    keys_[place] = key;
    sads_[place] = level_->Sad(leaf_x_, leaf_y_, v);
    return sads_[place];
  }

 private:
  static constexpr uint32_t kKnownSads = 32;
  static constexpr uint32_t kNoKey = 0x80008000u;  // no vector is that long

  const SearchLevel* level_ = nullptr;
  int leaf_x_ = 0;
  int leaf_y_ = 0;
  uint32_t next_ = 0;
  std::array<uint32_t, kKnownSads> keys_;
  std::array<uint32_t, kKnownSads> sads_;
};

class Decider {
 public:
  Decider(const SearchLevel& level, const MotionGeometry& geometry, const std::vector<MotionVector>& start,
          MotionBaseKind kind, const GlobalMotion& global, const MotionSearchOptions& options)
      : level_(level),
        start_(start),
        base_(BaseVectors(geometry, kind, global, options.hint, options.precision_qpel)),
        differences_(geometry.leaves_x(), geometry.leaves_y()),
        cost_(options.lambda * double(level.current.size())),
        range_qpel_(std::min(options.range_px * 4, kMaxVectorQpel)),
        precision_(options.precision_qpel),
        field_(geometry) {
    field_.precision_qpel = precision_;
    field_.base = kind;
    field_.global = global;
  }

  FieldDecision Decide(ThreadPool* pool) {
    const int blocks_x = field_.geometry().blocks_x();
    const int blocks_y = field_.geometry().blocks_y();
    std::vector<std::atomic<int>> done(blocks_y);  // blocks of each row
    std::vector<uint64_t> row_cost(blocks_y);
    RunOnPool(pool, blocks_y, [&](int block_y) {
      for (int block_x = 0; block_x < blocks_x; ++block_x) {
        // Rows are started in order, so the row above is always under way.
        if (block_y > 0) {
          const int needed = std::min(block_x + 2, blocks_x);
          for (int seen = done[block_y - 1].load(); seen < needed; seen = done[block_y - 1].load()) {
            done[block_y - 1].wait(seen);
          }
        }
        row_cost[block_y] += DecideBlock(block_x, block_y);
        done[block_y].store(block_x + 1);
        done[block_y].notify_all();
      }
    });
    FieldDecision decision;
    for (const uint64_t cost : row_cost) decision.cost += cost;
    decision.field = std::move(field_);
    return decision;
  }

 private:
  // The leaves [x, x_end) x [y, y_end) with one difference, and the best found for them.
  struct Unit {
    int x, y, x_end, y_end;
    MotionDifference prediction;
    MotionDifference best;
    uint64_t best_cost = UINT64_MAX;
    int tried_count = 0;
    std::array<MotionDifference, kMaxCandidates> tried;
  };

  MotionVector BaseAt(int x, int y) const { return base_[size_t(y) * differences_.leaves_x() + x]; }

  MotionVector Moved(MotionVector base, MotionDifference d) const {
    return ClampVector(base.dx_qpel + precision_ * d.dx, base.dy_qpel + precision_ * d.dy, precision_);
  }
  // What must be added to `base`, both multiples of the precision.
  MotionDifference Between(MotionVector base, MotionVector v) const {
    return {(v.dx_qpel - base.dx_qpel) / precision_, (v.dy_qpel - base.dy_qpel) / precision_};
  }

  bool Try(Unit& unit, MotionDifference d, std::array<LeafSads, 4>& sads) const {
    for (int i = 0; i < unit.tried_count; ++i) {
      if (unit.tried[i] == d) return false;
    }
    if (unit.tried_count < kMaxCandidates) unit.tried[unit.tried_count++] = d;
    uint64_t cost = cost_.Bits(SearchCost::DifferenceBits16(d.dx - unit.prediction.dx, d.dy - unit.prediction.dy));
    if (cost >= unit.best_cost) return false;
    for (int y = unit.y; y < unit.y_end; ++y) {
      for (int x = unit.x; x < unit.x_end; ++x) {
        const MotionVector b = BaseAt(x, y);
        const MotionVector v = Moved(b, d);
        if (std::abs(v.dx_qpel) > range_qpel_ || std::abs(v.dy_qpel) > range_qpel_) return false;
        cost += cost_(sads[(y & 1) * 2 + (x & 1)](v), 0);
        if (cost >= unit.best_cost) return false;
      }
    }
    unit.best_cost = cost;
    unit.best = d;
    return true;
  }

  // The candidates that every unit has, then small steps from the best.
  void Search(Unit& unit, std::array<LeafSads, 4>& sads) const {
    Try(unit, unit.prediction, sads);
    Try(unit, {}, sads);
    if (unit.x > 0) Try(unit, differences_.At(unit.x - 1, unit.y), sads);
    if (unit.y > 0) Try(unit, differences_.At(unit.x, unit.y - 1), sads);
    for (int y = unit.y; y < unit.y_end; ++y) {
      for (int x = unit.x; x < unit.x_end; ++x) {
        const MotionVector s = RoundVector(start_[size_t(y) * differences_.leaves_x() + x], precision_);
        Try(unit, Between(BaseAt(x, y), s), sads);
      }
    }
    if (unit.best_cost == UINT64_MAX) {  // every candidate is out of range: no motion is not
      unit.best = Between(BaseAt(unit.x, unit.y), {});
      unit.tried_count = 0;
      Try(unit, unit.best, sads);
    }
    for (int step = precision_ == 1 ? 2 : 1; step >= 1; step /= 2) {
      for (int i = 0; i < kMaxRefinements; ++i) {
        const MotionDifference centre = unit.best;
        bool moved = Try(unit, {centre.dx - step, centre.dy}, sads);
        moved |= Try(unit, {centre.dx + step, centre.dy}, sads);
        moved |= Try(unit, {centre.dx, centre.dy - step}, sads);
        moved |= Try(unit, {centre.dx, centre.dy + step}, sads);
        if (!moved) break;
      }
    }
  }

  uint64_t DecideBlock(int block_x, int block_y) {
    const int x = 2 * block_x;
    const int y = 2 * block_y;
    const int x_end = std::min(x + 2, differences_.leaves_x());
    const int y_end = std::min(y + 2, differences_.leaves_y());
    const int leaf_count = (x_end - x) * (y_end - y);
    std::array<LeafSads, 4> sads;
    for (int leaf_y = y; leaf_y < y_end; ++leaf_y) {
      for (int leaf_x = x; leaf_x < x_end; ++leaf_x)
        sads[(leaf_y & 1) * 2 + (leaf_x & 1)].Start(&level_, leaf_x, leaf_y);
    }
    Unit whole{x, y, x_end, y_end, differences_.Predict(x, y, 2), {}, UINT64_MAX, 0, {}};
    Search(whole, sads);
    // No shared difference need be in range; four of their own always are.
    const bool shared = whole.best_cost != UINT64_MAX;
    if (shared && leaf_count > 1) whole.best_cost += cost_.Bits(SearchCost::kWholeBits16);
    bool split = false;
    if (leaf_count > 1 && (!shared || SplitMayPay(whole, sads))) {
      uint64_t split_cost = cost_.Bits(SearchCost::kSplitBits16);
      for (int leaf_y = y; leaf_y < y_end; ++leaf_y) {
        for (int leaf_x = x; leaf_x < x_end; ++leaf_x) {
          Unit leaf{leaf_x, leaf_y,     leaf_x + 1, leaf_y + 1, differences_.Predict(leaf_x, leaf_y, 1),
                    {},     UINT64_MAX, 0,          {}};
          Try(leaf, whole.best, sads);
          Search(leaf, sads);
          split_cost += leaf.best_cost;
          differences_.Set(leaf_x, leaf_y, leaf.best);
        }
      }
      split = split_cost < whole.best_cost;
      if (split) whole.best_cost = split_cost;
    }
    field_.set_split(block_x, block_y, split);
    for (int leaf_y = y; leaf_y < y_end; ++leaf_y) {
      for (int leaf_x = x; leaf_x < x_end; ++leaf_x) {
        if (!split) differences_.Set(leaf_x, leaf_y, whole.best);
        field_.leaf(leaf_x, leaf_y) = Moved(BaseAt(leaf_x, leaf_y), differences_.At(leaf_x, leaf_y));
      }
    }
    return whole.best_cost;
  }

  // The leaves' own best vectors, free of charge, bound what a split can gain.
  bool SplitMayPay(const Unit& whole, std::array<LeafSads, 4>& sads) const {
    uint64_t least = cost_.Bits(SearchCost::kSplitBits16);
    for (int y = whole.y; y < whole.y_end; ++y) {
      for (int x = whole.x; x < whole.x_end; ++x) {
        LeafSads& leaf = sads[(y & 1) * 2 + (x & 1)];
        const uint32_t own = leaf(RoundVector(start_[size_t(y) * differences_.leaves_x() + x], precision_));
        const uint32_t shared = leaf(Moved(BaseAt(x, y), whole.best));
        least += cost_(std::min(own, shared), SearchCost::DifferenceBits16(0, 0));
      }
    }
    return least < whole.best_cost;
  }

  const SearchLevel& level_;
  const std::vector<MotionVector>& start_;
  const std::vector<MotionVector> base_;
  DifferenceGrid differences_;
  const SearchCost cost_;
  const int range_qpel_;
  const int precision_;  // quarter pixels per unit of a difference
  MotionField field_;
};

}  // namespace

FieldDecision DecideField(const SearchLevel& level, const MotionGeometry& geometry,
                          const std::vector<MotionVector>& start, MotionBaseKind kind, const GlobalMotion& global,
                          const MotionSearchOptions& options) {
  return Decider(level, geometry, start, kind, global, options).Decide(options.pool);
}

}  // namespace fsc
