// order_statistics.h: smallest, largest and ranked values of a set of values that lies in pieces. Values are finite.
#ifndef FSC_CODEC_TILED_ORDER_STATISTICS_H_
#define FSC_CODEC_TILED_ORDER_STATISTICS_H_

#include <cstdint>
#include <span>

#include "codec/tiled/quantizer_kernels.h"

namespace fsc {

using Population = std::span<const std::span<const float>>;  // at least one piece; no piece is empty

MinMax MinMaxOf(Population population);

// The values of two ranks, low_rank <= high_rank < their number; 0 is the smallest.
MinMax ValuesAtRanks(Population population, uint64_t low_rank, uint64_t high_rank);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_ORDER_STATISTICS_H_
