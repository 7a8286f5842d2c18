#include "codec/latent/encode/mode_decision.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <numeric>

#include "codec/latent/intra.h"

namespace fsc {
namespace {

constexpr int kCandidates = kBlockModes;
// Share of a neighbour's value that is taken to return. Frames with references take less: the neighbours of the
// estimate are true, not decoded ones, which flatters intra modes against inter ones.
constexpr float kIntraGain = 1.0f;
constexpr float kIntraGainBesideInter = 0.5f;
// In frames with references, directions are tried where the best other intra mode costs at most this much of the best
// inter mode.
constexpr float kHopeful = 1.5f;

// Cost of coding a block of residual energy `squared_steps`: error while it stays zero, then error plus bits: K (1 +
// ln(x / K)). The logarithm is the chord between powers of two, so that every machine decides alike.
float EnergyCost(float squared_steps) {
  constexpr float kKnee = 2.5f;
  if (squared_steps <= kKnee) return squared_steps;
  const uint32_t bits = std::bit_cast<uint32_t>(squared_steps * (1 / kKnee));
  const float log2 = float(int(bits >> 23) - 127) + float(bits & 0x7FFFFF) * (1.0f / 0x800000);
  return kKnee * (1 + 0.6931472f * log2);
}

// Adds the costs of one plane to costs[mode * blocks + block].
class PlaneJudge {
 public:
  PlaneJudge(const LayerFrame& frame, const BlockGrid& grid, bool intra)
      : frame_(frame), grid_(grid), intra_(intra), first_(grid.width, grid.height), second_(grid.width, grid.height) {
    const float step = frame.dequantizer.step_q4 / 16.0f;
    scale_ = 1.0f / (step * step);
    intra_gain_ = frame.reference_count() > 0 ? kIntraGainBesideInter : kIntraGain;
  }

  void Add(int k, PlaneView<const int16_t> target, std::vector<float>* costs) {
    const int references = frame_.reference_count();
    if (references > 0) WarpPlane(*frame_.plans[0], frame_.references[0]->plane(k), first_.view());
    if (references > 1) WarpPlane(*frame_.plans[1], frame_.references[1]->plane(k), second_.view());
    for (int by = 0; by < grid_.blocks_y; ++by) {
      for (int bx = 0; bx < grid_.blocks_x; ++bx) AddBlock(target, bx, by, costs);
    }
  }

  // Planar and the directions, for the blocks of `tried` that are not zero.
  void AddDirections(PlaneView<const int16_t> target, const std::vector<uint8_t>& tried, std::vector<float>* costs) {
    for (int by = 0; by < grid_.blocks_y; ++by) {
      for (int bx = 0; bx < grid_.blocks_x; ++bx) {
        if (tried[size_t(by) * grid_.blocks_x + bx] == 0) continue;
        AddIntraModes(target, bx, by, BlockMode::kPlanar, kBlockModes, costs);
      }
    }
  }

 private:
  void AddBlock(PlaneView<const int16_t> target, int bx, int by, std::vector<float>* costs) {
    const int references = frame_.reference_count();
    const int x0 = bx * kBlockCells;
    const int y0 = by * kBlockCells;
    const int columns = std::min(kBlockCells, grid_.width - x0);
    const int rows = std::min(kBlockCells, grid_.height - y0);
    std::array<float, kCandidates> energy{};
    for (int y = 0; y < rows; ++y) {
      const int16_t* t = target.row(y0 + y) + x0;
      const int16_t* a = first_.row(y0 + y) + x0;
      const int16_t* b = second_.row(y0 + y) + x0;
      for (int x = 0; x < columns; ++x) {
        const float from_first = float(t[x] - a[x]);
        const float from_second = float(t[x] - b[x]);
        const float from_both = float(t[x]) - 0.5f * float(a[x] + b[x]);
        energy[0] += from_first * from_first;
        energy[1] += from_second * from_second;
        energy[2] += from_both * from_both;
        energy[3] += float(t[x]) * float(t[x]);
      }
    }
    const size_t block = size_t(by) * grid_.blocks_x + bx;
    const size_t blocks = grid_.blocks();
    for (int mode = 0; mode < 4; ++mode) {
      if (ModeExists(BlockMode(mode), references)) (*costs)[mode * blocks + block] += EnergyCost(energy[mode] * scale_);
    }
    if (intra_) AddIntraModes(target, bx, by, BlockMode::kMean, int(BlockMode::kPlanar), costs);
  }

  // Modes `first` to `end` - 1.
  void AddIntraModes(PlaneView<const int16_t> target, int bx, int by, BlockMode first, int end,
                     std::vector<float>* costs) {
    const int x0 = bx * kBlockCells;
    const int y0 = by * kBlockCells;
    const int columns = std::min(kBlockCells, grid_.width - x0);
    const int rows = std::min(kBlockCells, grid_.height - y0);
    const IntraEdges edges = ReadIntraEdges(target, bx, by);
    for (int mode = int(first); mode < end; ++mode) {
      IntraBlock prediction;
      PredictFromEdges(edges, bx, by, BlockMode(mode), kGainUnit, &prediction);
      float sum = 0;
      for (int y = 0; y < rows; ++y) {
        const int16_t* t = target.row(y0 + y) + x0;
        const int16_t* p = prediction.data() + y * kBlockCells;
        for (int x = 0; x < columns; ++x) {
          const float difference = float(t[x]) - intra_gain_ * float(p[x]);
          sum += difference * difference;
        }
      }
      (*costs)[mode * size_t(grid_.blocks()) + size_t(by) * grid_.blocks_x + bx] += EnergyCost(sum * scale_);
    }
  }

  const LayerFrame& frame_;
  const BlockGrid& grid_;
  bool intra_;
  float scale_;
  float intra_gain_;
  Plane<int16_t> first_;
  Plane<int16_t> second_;
};

// Where directions are worth a try; costs of the other modes as in DecideModes.
std::vector<uint8_t> HopefulBlocks(const std::vector<float>& costs, size_t blocks, int references) {
  std::vector<uint8_t> hopeful(blocks, 1);
  if (references == 0) return hopeful;
  for (size_t block = 0; block < blocks; ++block) {
    const auto least = [&](BlockMode first, BlockMode last) {
      float result = costs[size_t(first) * blocks + block];
      for (int mode = int(first) + 1; mode <= int(last); ++mode) {
        if (ModeExists(BlockMode(mode), references)) result = std::min(result, costs[mode * blocks + block]);
      }
      return result;
    };
    const float inter = least(BlockMode::kFirst, BlockMode::kBoth);
    hopeful[block] = least(BlockMode::kNone, BlockMode::kVertical) <= kHopeful * inter;
  }
  return hopeful;
}

}  // namespace

float DecideModes(const LayerPlanes& target, const LayerState& state, const ModeDecisionOptions& options,
                  ThreadPool* pool, LayerFrame* frame) {
  const BlockGrid& grid = state.grid;
  const int references = frame->reference_count();
  const bool intra = references == 0 || options.intra_in_inter;
  const BlockMode start = references == 0 ? BlockMode::kNone : BlockMode::kFirst;
  frame->modes = ModeMap{grid, std::vector<BlockMode>(grid.blocks(), start)};

  if (references == 1 && !options.intra_in_inter && !options.wants_cost) return 0;

  // The planes with the largest deviation, in a fixed order.
  const std::vector<uint8_t>& scale = state.config->transform.plane_scale;
  std::vector<int> order(scale.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return scale[a] > scale[b]; });
  const int asked = std::min<int>(options.planes, int(order.size()));
  const size_t blocks = grid.blocks();
  // A fixed number of partial sums, so that the result is the same for every number of threads.
  constexpr int kParts = 4;
  std::vector<std::vector<float>> parts(kParts, std::vector<float>(kCandidates * blocks));
  std::vector<std::unique_ptr<PlaneJudge>> judges(kParts);
  RunOnPool(pool, kParts, [&](int part) {
    judges[part] = std::make_unique<PlaneJudge>(*frame, grid, intra);
    for (int i = part; i < asked; i += kParts) judges[part]->Add(order[i], target.plane(order[i]), &parts[part]);
  });
  const std::vector<float>& costs = parts[0];
  const auto join = [&](int first_mode, int end_mode) {
    for (int part = 1; part < kParts; ++part) {
      for (size_t i = first_mode * blocks; i < end_mode * blocks; ++i) parts[0][i] += parts[part][i];
    }
  };
  join(0, int(BlockMode::kPlanar));
  std::vector<uint8_t> tried(blocks);
  if (intra && options.directions) {
    tried = HopefulBlocks(costs, blocks, references);
    RunOnPool(pool, kParts, [&](int part) {
      for (int i = part; i < asked; i += kParts) {
        judges[part]->AddDirections(target.plane(order[i]), tried, &parts[part]);
      }
    });
    join(int(BlockMode::kPlanar), kBlockModes);
  }

  float total = 0;
  const ModeContexts& contexts = state.mode_contexts[int(frame->frame_class())];
  for (int by = 0; by < grid.blocks_y; ++by) {
    for (int bx = 0; bx < grid.blocks_x; ++bx) {
      const size_t block = size_t(by) * grid.blocks_x + bx;
      const float weight = options.weights.empty() ? 1 : options.weights[block];
      const float lambda = options.lambda / weight;
      float best = 0;
      BlockMode chosen = start;
      bool first = true;
      for (int mode = 0; mode < kBlockModes; ++mode) {
        if (!ModeExists(BlockMode(mode), references) || (mode > int(BlockMode::kNone) && !intra)) continue;
        if (mode >= int(BlockMode::kPlanar) && tried[size_t(by) * grid.blocks_x + bx] == 0) break;
        const float bits = float(ModeCost256(frame->modes, bx, by, BlockMode(mode), references, contexts)) / 256.0f;
        const float cost = costs[mode * blocks + block] + lambda * bits;
        if (first || cost < best) {
          best = cost;
          chosen = BlockMode(mode);
          first = false;
        }
      }
      frame->modes.modes[block] = chosen;
      total += weight * best;
    }
  }
  return total;
}

}  // namespace fsc
