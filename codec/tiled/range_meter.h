// range_meter.h: measures the quantiser's ranges on features.
//
// kMinMax, kPercentile: order statistics (percentile p of n values: ranks floor(p (n - 1)) and ceil((1 - p) (n - 1))).
// kSigma: mean +- width * deviation, sums in double precision in a fixed order, so that every CPU finds the same range.
// kElement ranges are measured over a few frames, which cannot show an element's spread well. They lean on the channel:
//   kSigma: variance = (n * element's variance + channel's variance) / (n + 1), n = number of frames
//   kMinMax, kPercentile: widened on either side by the channel's range / (2 (n + 1))
// Differences above 2^127 are cut to +-2^126.
#ifndef FSC_CODEC_TILED_RANGE_METER_H_
#define FSC_CODEC_TILED_RANGE_METER_H_

#include <span>

#include "codec/tiled/quantizer.h"

namespace fsc {

// `frames`: at least one tensor of this layer, all finite, of the same shape; only kElement takes more than one.
LayerRanges MeasureRanges(std::span<const Tensor* const> frames, const QuantizerConfig& config);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_RANGE_METER_H_
