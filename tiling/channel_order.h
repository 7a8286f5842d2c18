// channel_order.h: which channel each position of a layout shows.
#ifndef FSC_TILING_CHANNEL_ORDER_H_
#define FSC_TILING_CHANNEL_ORDER_H_

#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/tiling_config.h"

namespace fsc {

// The order of one layer. Both empty = raster, nothing inverted.
struct LayerOrder {
  std::vector<int> channel_at;    // position -> channel, a permutation of 0 .. C - 1
  std::vector<bool> inverted_at;  // position -> level q is stored as levels - 1 - q

  bool raster() const { return channel_at.empty(); }
  int channel(int position) const { return raster() ? position : channel_at[size_t(position)]; }
  bool inverted(int position) const { return !raster() && inverted_at[size_t(position)]; }
};

// The order of one layer from its first frame.
//   kByMean: ascending mean, ties in raster order.
//   kBySimilarity (Ulhaq, "Mobile-Cloud Inference for Collaborative Intelligence", 2020, chapter 2): a greedy chain
//   from channel 0. Distance d'(c, c') = || maxpool(Tc) - maxpool(Tc')
//   || on planes normalised to mean 0 and deviation 1; d(c, c') = min(d'(c, c'), d'(c, -c')); where -c' is the nearer,
//   c' is inverted against its predecessor. Planes are pooled to at most 8 x 8 (fewer where C is so large that C^2
//   comparisons would take more than seconds).
LayerOrder MakeChannelOrder(const Tensor& tensor, ChannelOrder order);

}  // namespace fsc

#endif  // FSC_TILING_CHANNEL_ORDER_H_
