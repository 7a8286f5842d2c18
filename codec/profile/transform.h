// transform.h: feature frames to reduced frames and back, as a profile says. Floating point on both sides of
// the bit-exact part; still the same bits for every number of threads and every CPU.
#ifndef FSC_CODEC_PROFILE_TRANSFORM_H_
#define FSC_CODEC_PROFILE_TRANSFORM_H_

#include <span>
#include <vector>

#include "codec/profile/profile.h"
#include "core/thread_pool.h"
#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

// The layers of the reduced frame; see profile/parts.h.
Result<std::vector<LayerSpec>> ReducedLayers(std::span<const ReducedPart> parts, std::span<const LayerSpec> layers,
                                             const Limits& limits);

// `frame` has the sizes of `layers`; the result those of ReducedLayers(). `pool` may be null.
FeatureFrame ReduceFrame(std::span<const ReducedPart> parts, const FeatureFrame& frame, ThreadPool* pool);
FeatureFrame RestoreFrame(std::span<const ReducedPart> parts, std::span<const LayerSpec> layers,
                          const FeatureFrame& reduced, ThreadPool* pool);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_TRANSFORM_H_
