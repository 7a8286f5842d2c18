// range_meter.h: measures the quantiser's ranges on features.
//
// kAuto: smallest and largest value but for the layer's outliers (codec/tiled/range_fit.h). Under kFewValues values
//   say little about the next frame: on either side their range is widened by w / (2 sqrt(n + 1)), n = number of
//   values, w = width of the layer's range for the range of a channel; for that of a layer, and for the only value of
//   one, the largest magnitude.
// kMinMax, kPercentile: order statistics (percentile p of n values: ranks floor(p (n - 1)) and ceil((1 - p) (n - 1))).
// kSigma: mean +- width * deviation, sums in double precision in a fixed order, so that every CPU finds the same range.
// kElement ranges are measured over a few frames, which cannot show an element's spread well. They lean on the channel:
//   kSigma: variance = (n * element's variance + channel's variance) / (n + 1), n = number of frames
//   others: widened on either side by the channel's range / (2 (n + 1)), or half of it where that has not been enough
// Differences above 2^127 are cut to +-2^126.
#ifndef FSC_CODEC_TILED_RANGE_METER_H_
#define FSC_CODEC_TILED_RANGE_METER_H_

#include <span>

#include "codec/tiled/quantizer.h"
#include "codec/tiled/range_fit.h"

namespace fsc {

// How far the ranges of elements reach beyond what was seen of them.
enum class ElementMargin { kNarrow, kWide };

// `frames`: at least one tensor of this layer, all finite, of the same shape. `usual`: for kAuto, what is no outlier.
LayerRanges MeasureRanges(std::span<const Tensor* const> frames, const QuantizerConfig& config,
                          const ValueInterval& usual = {}, ElementMargin margin = ElementMargin::kNarrow);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_RANGE_METER_H_
