#include "codec/latent_layer.h"

#include <algorithm>

namespace fsc {
namespace {

constexpr int kStartGain = 16;
constexpr int kStartIntraGain = 8;

// Residual of a block in raster order.
void Residual(const LayerFrame& frame, const int16_t* levels, bool skip, Block* residual) {
  if (frame.lossless) {
    for (int i = 0; i < kBlockCoefficients; ++i) (*residual)[kScan[i]] = levels[i];
    return;
  }
  Block coefficients;
  for (int i = 0; i < kBlockCoefficients; ++i) coefficients[kScan[i]] = frame.dequantizer.Coefficient(levels[i]);
  if (skip) {
    *residual = coefficients;
  } else {
    InverseTransform(coefficients, residual);
  }
}

int16_t Sum(int prediction, int residual, bool lossless) {
  const int sum = prediction + residual;
  return lossless ? int16_t(uint16_t(sum)) : int16_t(std::clamp(sum, -32767, 32767));
}

}  // namespace

LayerState::LayerState(const LatentStreamConfig::Layer& layer, const BlockGrid& block_grid)
    : config(&layer), grid(block_grid) {
  Restart(0);
}

void LayerState::Restart(int qp) {
  const ChannelTransform& transform = config->transform;
  activity = PlaneActivity(transform.plane_scale, StepQ4(qp, transform.sigma_log2));
  std::vector<ResidualContexts> start;
  for (int c = 0; c < kFrameClasses; ++c) start.emplace_back(FrameClass(c));
  contexts.assign(config->groups, start);
  mode_contexts = {};
  for (auto& gains_of_class : gains) gains_of_class.assign(transform.planes, kStartGain);
  gains[int(FrameClass::kIntra)].assign(transform.planes, kStartIntraGain);
}

void AddResidual(const LayerFrame& frame, const PlaneLevels& levels, int block_x, int block_y,
                 PlaneView<int16_t> plane) {
  Block residual;
  Residual(frame, levels.levels(block_x, block_y), levels.skip(block_x, block_y), &residual);
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  const int columns = std::min(kBlockCells, plane.width - x0);
  const int rows = std::min(kBlockCells, plane.height - y0);
  for (int y = 0; y < rows; ++y) {
    int16_t* row = plane.row(y0 + y) + x0;
    for (int x = 0; x < columns; ++x) row[x] = Sum(row[x], residual[y * kBlockCells + x], frame.lossless);
  }
}

void WriteIntraPrediction(BlockMode mode, int gain, int block_x, int block_y, PlaneView<int16_t> plane) {
  std::array<int16_t, kBlockCoefficients> prediction;
  PredictIntraBlock(plane, block_x, block_y, mode, gain, &prediction);
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  const int columns = std::min(kBlockCells, plane.width - x0);
  const int rows = std::min(kBlockCells, plane.height - y0);
  for (int y = 0; y < rows; ++y) std::copy_n(prediction.data() + y * kBlockCells, columns, plane.row(y0 + y) + x0);
}

void ReconstructPlane(const LayerFrame& frame, const PlaneLevels& levels, int intra_gain, PlaneView<int16_t> plane) {
  const BlockGrid& grid = levels.grid();
  for (int y = 0; y < grid.blocks_y; ++y) {
    for (int x = 0; x < grid.blocks_x; ++x) {
      const BlockMode mode = frame.modes.at(x, y);
      if (!IsInter(mode)) WriteIntraPrediction(mode, intra_gain, x, y, plane);
      if (levels.count(x, y) > 0) AddResidual(frame, levels, x, y, plane);
    }
  }
}

}  // namespace fsc
