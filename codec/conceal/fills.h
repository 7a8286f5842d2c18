// fills.h: the simple ways to fill in lost rows, and what all ways need: the means and the range of what arrived.
#ifndef FSC_CODEC_CONCEAL_FILLS_H_
#define FSC_CODEC_CONCEAL_FILLS_H_

#include <span>
#include <vector>

#include "fsc/arrival_map.h"
#include "fsc/feature_frame.h"

namespace fsc {

// Of all that arrived; low > high where nothing did.
struct ReceivedRange {
  float low = 1;
  float high = -1;

  // Within the range; any value where nothing arrived, but 0 where it is none.
  float Clip(float value) const;
};
ReceivedRange RangeOf(const Tensor& tensor, const ArrivalMap& arrived);

// [C], of what arrived; a channel of which nothing did has `otherwise`, [C].
std::vector<float> ReceivedMeans(const Tensor& tensor, const ArrivalMap& arrived, std::span<const float> otherwise);

// Lost rows of channel c become values[c].
void FillConstant(const ArrivalMap& arrived, std::span<const float> values, Tensor* tensor);
// Lost rows become those of `source`, a tensor of the same shape.
void FillFrom(const Tensor& source, const ArrivalMap& arrived, Tensor* tensor);
// Down each column between the received rows above and below, level beyond the outer ones; otherwise[c] where channel c
// has none.
void FillLinear(const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor);
// The nearer of the received rows above and below, of two as near the one above.
void FillNearest(const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor);
// Lost values into the range.
void ClipLost(const ReceivedRange& range, const ArrivalMap& arrived, Tensor* tensor);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_FILLS_H_
