#include "learn/reduction_sources.h"

#include <algorithm>

namespace fsc {
namespace {

constexpr int kMaxFold = 16;

}  // namespace

Result<std::vector<ReductionSource>> FuseAllLayers(const ModelSpec& spec) {
  int coarsest_px = 1;
  for (const LayerSpec& layer : spec.layers) coarsest_px = std::max(coarsest_px, layer.stride_px);
  std::vector<ReductionSource> sources;
  for (size_t i = 0; i < spec.layers.size(); ++i) {
    const int stride_px = spec.layers[i].stride_px;
    const int fold = coarsest_px / stride_px;
    if (fold * stride_px != coarsest_px || (fold & (fold - 1)) != 0 || fold > kMaxFold) {
      return BadInput("layers of these strides cannot be fused", spec.json_path,
                      "strides of one model are to be powers of two apart");
    }
    sources.push_back({int(i), fold});
  }
  return sources;
}

int FoldedChannels(const ModelSpec& spec, const std::vector<ReductionSource>& sources) {
  int channels = 0;
  for (const ReductionSource& source : sources) {
    channels += spec.layers[size_t(source.layer)].channels * source.fold * source.fold;
  }
  return channels;
}

}  // namespace fsc
