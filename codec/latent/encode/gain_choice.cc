#include "codec/latent/encode/gain_choice.h"

#include <algorithm>
#include <cmath>

#include "codec/latent/intra.h"

namespace fsc {

int ChooseGain(const LayerFrame& frame, const BlockGrid& grid, PlaneView<const int16_t> target,
               PlaneView<const int16_t> prediction, int last, const ResidualContexts& contexts, float lambda) {
  double cross = 0;
  double energy = 0;
  if (frame.reference_count() > 0) {
    for (int y = 0; y < target.height; ++y) {
      const int16_t* t = target.row(y);
      const int16_t* p = prediction.row(y);
      int64_t row_cross = 0;
      int64_t row_energy = 0;
      for (int x = 0; x < target.width; ++x) {
        row_cross += int32_t{t[x]} * p[x];
        row_energy += int32_t{p[x]} * p[x];
      }
      cross += double(row_cross);
      energy += double(row_energy);
    }
  } else {
    // Open loop: what the neighbours' true values would predict.
    IntraBlock block;
    for (int by = 0; by < grid.blocks_y; ++by) {
      for (int bx = 0; bx < grid.blocks_x; ++bx) {
        PredictIntraBlock(target, bx, by, frame.modes.at(bx, by), kGainUnit, &block);
        const int columns = std::min(kBlockCells, target.width - bx * kBlockCells);
        const int rows = std::min(kBlockCells, target.height - by * kBlockCells);
        for (int y = 0; y < rows; ++y) {
          const int16_t* t = target.row(by * kBlockCells + y) + bx * kBlockCells;
          for (int x = 0; x < columns; ++x) {
            const double p = block[y * kBlockCells + x];
            cross += p * t[x];
            energy += p * p;
          }
        }
      }
    }
  }
  if (energy <= 0) return last;
  const double best = std::clamp(cross / energy, 0.0, 1.0);
  const int gain = int(std::lround(best * kGainUnit));
  // Squared error that the change saves against what saying so costs.
  const double of_last = best - last / double(kGainUnit);
  const double of_gain = best - gain / double(kGainUnit);
  const double saved = energy * (of_last * of_last - of_gain * of_gain);
  const double step = frame.dequantizer.step_q4 / 16.0;
  const double bits =
      5 + (BitCost256(contexts.gain_same[last], false) - double(BitCost256(contexts.gain_same[last], true))) / 256;
  return saved > lambda * step * step * bits ? gain : last;
}

}  // namespace fsc
