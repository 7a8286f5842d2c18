// reduction_sources.h: which layers become one reduced layer: the sources of codec/profile/profile.h's ReducedPart.
#ifndef FSC_LEARN_REDUCTION_SOURCES_H_
#define FSC_LEARN_REDUCTION_SOURCES_H_

#include <cstdint>
#include <vector>

#include "fsc/status.h"
#include "models/model_spec.h"

namespace fsc {

struct ReductionSource {
  int layer = 0;
  int fold = 1;  // cells a side of a block that becomes one cell: coarsest stride / stride of this layer
};

// All layers of `spec` in one part, folded to the coarsest stride. kBadInput where strides do not divide by powers of
// two up to 16.
Result<std::vector<ReductionSource>> FuseAllLayers(const ModelSpec& spec);

// Channels of the part: the sum of fold * fold * C.
int FoldedChannels(const ModelSpec& spec, const std::vector<ReductionSource>& sources);

// Distance of samples in a row of `cells`, of which about `most` are wanted. Odd: planes of even width are then looked
// at in all their columns.
inline int64_t SampleStep(int64_t cells, int64_t most) {
  return ((cells + most - 1) / most) | 1;
}

}  // namespace fsc

#endif  // FSC_LEARN_REDUCTION_SOURCES_H_
