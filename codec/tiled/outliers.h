// outliers.h: the few values of a layer that lie far outside all others (codec/tiled/range_fit.h), sent apart with
// their exact bits, so that one of them cannot make all others coarse.
//
//   leb128 count n, 1 .. elements of the layer, then n times: leb128 elements between it and the one before (from the
//   start, for the first), IEEE-754 binary32 value, finite
#ifndef FSC_CODEC_TILED_OUTLIERS_H_
#define FSC_CODEC_TILED_OUTLIERS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/tiled/range_fit.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "fsc/feature_frame.h"

namespace fsc {

struct Outlier {
  int64_t element = 0;  // in the order of the tensor
  float value = 0;
  bool operator==(const Outlier&) const = default;
};

// The values outside `usual`, by element.
std::vector<Outlier> FindOutliers(const Tensor& tensor, const ValueInterval& usual);

void WriteOutliers(std::span<const Outlier> outliers, ByteWriter* out);

// kBadInput when the bytes are malformed, or an element is not one of the layer's `elements`.
Result<std::vector<Outlier>> ReadOutliers(std::span<const uint8_t> bytes, int64_t elements, const std::string& where);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_OUTLIERS_H_
