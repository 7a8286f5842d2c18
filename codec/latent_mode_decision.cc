#include "codec/latent_mode_decision.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace fsc {
namespace {

constexpr int kCandidates = kBlockModes;
constexpr float kIntraGain = 0.75f;  // typical share of a neighbour's value that returns

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
  }

  void Add(int k, PlaneView<const int16_t> target, std::vector<float>* costs) {
    const int references = frame_.reference_count();
    if (references > 0) WarpPlane(*frame_.plans[0], frame_.references[0]->plane(k), first_.view());
    if (references > 1) WarpPlane(*frame_.plans[1], frame_.references[1]->plane(k), second_.view());
    for (int by = 0; by < grid_.blocks_y; ++by) {
      for (int bx = 0; bx < grid_.blocks_x; ++bx) AddBlock(target, bx, by, costs);
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
    if (!intra_) return;
    for (int mode = int(BlockMode::kMean); mode < kBlockModes; ++mode) {
      std::array<int16_t, kBlockCoefficients> prediction;
      PredictIntraBlock(target, bx, by, BlockMode(mode), kGainUnit, &prediction);
      float sum = 0;
      for (int y = 0; y < rows; ++y) {
        for (int x = 0; x < columns; ++x) {
          const float difference =
              float(target.row(y0 + y)[x0 + x]) - kIntraGain * float(prediction[y * kBlockCells + x]);
          sum += difference * difference;
        }
      }
      (*costs)[mode * blocks + block] += EnergyCost(sum * scale_);
    }
  }

  const LayerFrame& frame_;
  const BlockGrid& grid_;
  bool intra_;
  float scale_;
  Plane<int16_t> first_;
  Plane<int16_t> second_;
};

}  // namespace

float DecideModes(const LayerPlanes& target, const LayerState& state, const ModeDecisionOptions& options,
                  ThreadPool* pool, LayerFrame* frame) {
  const BlockGrid& grid = state.grid;
  const int references = frame->reference_count();
  const bool intra = references == 0 || options.intra_in_inter;
  const BlockMode start = references == 0 ? BlockMode::kNone : BlockMode::kFirst;
  frame->modes = ModeMap{grid, std::vector<BlockMode>(grid.blocks(), start)};

  if (references == 1 && !options.intra_in_inter) return 0;

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
  RunOnPool(pool, kParts, [&](int part) {
    PlaneJudge judge(*frame, grid, intra);
    for (int i = part; i < asked; i += kParts) judge.Add(order[i], target.plane(order[i]), &parts[part]);
  });
  std::vector<float>& costs = parts[0];
  for (int part = 1; part < kParts; ++part) {
    for (size_t i = 0; i < costs.size(); ++i) costs[i] += parts[part][i];
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
