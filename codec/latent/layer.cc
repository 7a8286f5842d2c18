#include "codec/latent/layer.h"

#include <algorithm>

#include "codec/latent/intra.h"

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

void AddUnitResidual(const LayerFrame& frame, const PlaneLevels& levels, int block_x, int block_y, int unit_blocks,
                     PlaneView<int16_t> plane) {
  const int cells = unit_blocks * kBlockCells;
  LargeBlock coefficients;
  for (int gy = 0; gy < unit_blocks; ++gy) {
    for (int gx = 0; gx < unit_blocks; ++gx) {
      const int16_t* group = levels.levels(block_x + gx, block_y + gy);
      for (int i = 0; i < kBlockCoefficients; ++i) {
        const int row = gy * kBlockCells + kScan[i] / kBlockCells;
        coefficients[row * cells + gx * kBlockCells + kScan[i] % kBlockCells] = frame.dequantizer.Coefficient(group[i]);
      }
    }
  }
  LargeBlock residual;
  InverseLargeTransform(cells, coefficients, &residual);
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  const int columns = std::min(cells, plane.width - x0);
  const int rows = std::min(cells, plane.height - y0);
  for (int y = 0; y < rows; ++y) {
    int16_t* row = plane.row(y0 + y) + x0;
    for (int x = 0; x < columns; ++x) row[x] = Sum(row[x], residual[y * cells + x], false);
  }
}

void WriteIntraPrediction(BlockMode mode, int gain, int block_x, int block_y, PlaneView<int16_t> plane) {
  IntraBlock prediction;
  PredictIntraBlock(plane, block_x, block_y, mode, gain, &prediction);
  const int x0 = block_x * kBlockCells;
  const int y0 = block_y * kBlockCells;
  const int columns = std::min(kBlockCells, plane.width - x0);
  const int rows = std::min(kBlockCells, plane.height - y0);
  for (int y = 0; y < rows; ++y) std::copy_n(prediction.data() + y * kBlockCells, columns, plane.row(y0 + y) + x0);
}

void PredictUnit(const LayerFrame& frame, int block_x, int block_y, int unit_blocks, int intra_gain,
                 PlaneView<int16_t> plane) {
  const int x_end = std::min(block_x + unit_blocks, frame.modes.grid.blocks_x);
  const int y_end = std::min(block_y + unit_blocks, frame.modes.grid.blocks_y);
  for (int y = block_y; y < y_end; ++y) {
    for (int x = block_x; x < x_end; ++x) {
      const BlockMode mode = frame.modes.at(x, y);
      if (!IsInter(mode)) WriteIntraPrediction(mode, intra_gain, x, y, plane);
    }
  }
}

void ReconstructPlane(const LayerFrame& frame, const PlaneLevels& levels, int intra_gain, PlaneView<int16_t> plane) {
  const BlockGrid& grid = levels.grid();
  for (int sy = 0; sy < grid.superblocks_y; ++sy) {
    for (int sx = 0; sx < grid.superblocks_x; ++sx) {
      const int unit_blocks = levels.unit_blocks(sx, sy);
      const int x_end = std::min((sx + 1) * kSuperblockBlocks, grid.blocks_x);
      const int y_end = std::min((sy + 1) * kSuperblockBlocks, grid.blocks_y);
      for (int y = sy * kSuperblockBlocks; y < y_end; y += unit_blocks) {
        for (int x = sx * kSuperblockBlocks; x < x_end; x += unit_blocks) {
          PredictUnit(frame, x, y, unit_blocks, intra_gain, plane);
          if (!levels.coded(x, y)) continue;
          if (unit_blocks > 1) {
            AddUnitResidual(frame, levels, x, y, unit_blocks, plane);
          } else {
            AddResidual(frame, levels, x, y, plane);
          }
        }
      }
    }
  }
}

}  // namespace fsc
