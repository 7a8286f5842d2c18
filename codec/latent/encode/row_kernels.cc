#include "codec/latent/encode/row_kernels.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "codec/latent/transform.h"

namespace fsc {

RowProducts ProductsOfPlain(const int16_t* target, const int16_t* prediction, size_t count) {
  RowProducts products;
  for (size_t i = 0; i < count; ++i) {
    const int32_t p = std::max<int32_t>(prediction[i], -32767);
    products.cross += int32_t{target[i]} * p;
    products.energy += p * p;
  }
  return products;
}

void ResidualsOfPlain(PlaneView<const int16_t> target, PlaneView<const int16_t> prediction, int block_y,
                      BlockRow* residuals, uint32_t* energies) {
  constexpr int32_t kMost = 8191;
  const int blocks = (target.width + kBlockCells - 1) / kBlockCells;
  std::fill_n(energies, blocks, 0u);
  for (int y = 0; y < kBlockCells; ++y) {
    const int from = std::min(block_y * kBlockCells + y, target.height - 1);
    const int16_t* t = target.row(from);
    const int16_t* p = prediction.row(from);
    int32_t* row = residuals->row(y);
    for (int x = 0; x < blocks * kBlockCells; ++x) {
      const int column = std::min(x, target.width - 1);
      row[x] = t[column] - p[column];
      const int32_t limited = std::clamp(row[x], -kMost, kMost);
      energies[x / kBlockCells] += uint32_t(limited * limited);
    }
  }
}

void TransformFourPlain(const int32_t* residuals, size_t stride, float inverse_step, int32_t* coefficients_q4,
                        FourBlocks* blocks) {
  const auto look = [&](int b, int32_t scale, const Block& numbers, FourBlocks::Look* out) {
    std::array<float, kBlockCells> promise{};
    std::array<float, kBlockCells> most{};
    uint16_t positions = 0;
    for (int i = 0; i < kBlockCoefficients; ++i) {
      const float size = float(std::abs(numbers[i] * scale)) * inverse_step;
      const float square = size * size;
      promise[i % kBlockCells] += std::max(square - blocks->price[b], 0.0f);
      most[i % kBlockCells] += std::max(square - blocks->least_price[b], 0.0f);
      positions |= uint16_t((size >= blocks->least_size[b]) << i);
    }
    out->promise[b] = (promise[0] + promise[1]) + (promise[2] + promise[3]);
    out->most[b] = (most[0] + most[1]) + (most[2] + most[3]);
    out->positions[b] = positions;
  };
  for (int b = 0; b < FourBlocks::kBlocks; ++b) {
    Block residual;
    Block coefficients;
    for (int y = 0; y < kBlockCells; ++y) {
      std::copy_n(residuals + y * stride + b * kBlockCells, kBlockCells, residual.data() + y * kBlockCells);
    }
    ForwardTransformQ4(residual, &coefficients);
    look(b, 1, coefficients, &blocks->transformed);
    look(b, 16, residual, &blocks->plain);
    for (int y = 0; y < kBlockCells; ++y) {
      std::copy_n(coefficients.data() + y * kBlockCells, kBlockCells, coefficients_q4 + y * stride + b * kBlockCells);
    }
  }
}

float EnergyCost(float squared_steps) {
  if (squared_steps <= kEnergyKnee) return squared_steps;
  const uint32_t bits = std::bit_cast<uint32_t>(squared_steps * (1 / kEnergyKnee));
  const float log2 = float(int(bits >> 23) - 127) + float(bits & 0x7FFFFF) * (1.0f / 0x800000);
  return kEnergyKnee * (1 + kLog2 * log2);
}

void AddModeCostsPlain(const ModeRows& rows) {
  for (int block = 0; block < rows.blocks; ++block) {
    std::array<float, 4> energy{};
    for (int y = rows.first_row; y < rows.first_row + kBlockCells; ++y) {
      for (int x = block * kBlockCells; x < (block + 1) * kBlockCells; ++x) {
        const int16_t t = rows.target.row(y)[x];
        const int16_t a = rows.first.row(y)[x];
        const int16_t b = rows.second.row(y)[x];
        const float from_first = float(t - a);
        const float from_second = float(t - b);
        const float from_both = float(t) - 0.5f * float(a + b);
        energy[0] += from_first * from_first;
        energy[1] += from_second * from_second;
        energy[2] += from_both * from_both;
        energy[3] += float(t) * float(t);
      }
    }
    for (size_t mode = 0; mode < energy.size(); ++mode) {
      if (rows.costs[mode] != nullptr) rows.costs[mode][block] += EnergyCost(energy[mode] * rows.scale);
    }
  }
}

}  // namespace fsc
