#include "codec/frame_analysis.h"

#include <numeric>

namespace fsc {

double FrameAnalysis::total_bits() const {
  double bits = side_info_bits + motion_bits;
  for (const LayerAnalysis& layer : layers) {
    bits = std::accumulate(layer.mode_bits.begin(), layer.mode_bits.end(), bits + layer.shared_bits);
    bits = std::accumulate(layer.coefficient_bits.begin(), layer.coefficient_bits.end(), bits);
  }
  return bits;
}

void BitMeter::ChargeBlocks(int first, int columns, int rows, int stride, const RangeDecoder& in) {
  const float share = float(Lap(in) / (columns * rows));
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) blocks_[size_t(first) + size_t(y) * stride + x] += share;
  }
}

double BitMeter::Lap(const RangeDecoder& in) {
  const double now = in.bits_read();
  const double lap = now - last_;
  last_ = now;
  return lap;
}

}  // namespace fsc
