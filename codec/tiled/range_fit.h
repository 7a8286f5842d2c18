// range_fit.h: how well ranges in force suit a frame, and which of its values lie far outside all others.
//
// A layer's outliers are the few values outside `usual`: the interval that holds all but its k smallest and k largest
// values (k = 4, or one in 10,000 where that is more), widened by four times its width on either side. At most 2 k
// values can lie outside; in ordinary layers none does.
#ifndef FSC_CODEC_TILED_RANGE_FIT_H_
#define FSC_CODEC_TILED_RANGE_FIT_H_

#include <cstdint>
#include <limits>
#include <span>

#include "codec/tiled/quantizer.h"
#include "codec/tiled/quantizer_kernels.h"
#include "fsc/feature_frame.h"
#include "fsc/quantizer_config.h"

namespace fsc {

// Ranges over fewer values than this say little about the next frame.
inline constexpr int64_t kFewValues = 64;

struct ValueInterval {
  float lo = -std::numeric_limits<float>::max();
  float hi = std::numeric_limits<float>::max();
  bool Holds(float x) const { return x >= lo && x <= hi; }
};

// Which values of a layer are no outliers, and how much of it they are.
struct UsualValues {
  ValueInterval usual;     // everything in layers of fewer than kFewValues values, and where the bulk has no width
  double bulk_width = 0;   // of the interval without the k smallest and largest; 0 in layers of few values
  double whole_width = 0;  // of all values
};
UsualValues FindUsualValues(std::span<const Tensor* const> frames);

// Smallest and largest of the values that are no outliers; where all are, the end of `usual` that is next to them.
MinMax UsualMinMax(std::span<const std::span<const float>> values, const ValueInterval& usual);

// Squared errors and spreads of a frame against ranges; sums over the layer's elements divided by their number.
struct RangeFit {
  double clipped_energy = 0;       // squared distance of values to their range; outliers left out
  double squared_width = 0;        // of the ranges in force
  double fresh_squared_width = 0;  // of the frame's own minima and maxima over the same populations, no outliers
  double variance = 0;             // about the mean, outliers cut to `usual`
  int64_t outside = 0;             // values outside their range, outliers among them
  int64_t outliers = 0;            // values outside `usual`
};
// `ranges` fit the tensor's shape and `scope`.
RangeFit MeasureFit(const Tensor& tensor, const LayerRanges& ranges, RangeScope scope, const ValueInterval& usual);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_RANGE_FIT_H_
