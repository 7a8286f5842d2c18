// task_map.h: how much a squared error counts in each cell of a reduced frame, guessed from the planes themselves by
// the small network that a profile may have (ReducedPart::task_map). The encoder alone uses it: where an error matters
// little it spends fewer bits. Nothing of it is in the stream.
//
// The network gives the logarithm to base 2. It is rounded to quarters and limited to +-kTaskMapOctaves, so that the
// weight comes from a table: the same for every CPU and number of threads, as profile/conv_net_run.h's result is.
#ifndef FSC_CODEC_PROFILE_TASK_MAP_H_
#define FSC_CODEC_PROFILE_TASK_MAP_H_

#include <span>
#include <vector>

#include "codec/profile/profile.h"
#include "core/thread_pool.h"
#include "fsc/feature_frame.h"

namespace fsc {

inline constexpr int kTaskMapOctaves = 3;
// Of weights that a caller gives himself (FeatureEncoder::Weigh).
inline constexpr float kLeastTaskWeight = 1.0f / 64;
inline constexpr float kMostTaskWeight = 64;

// Of each reduced layer a tensor of one channel; 1 everywhere for a part without a map. Empty where no part has one.
// `reduced` as ReduceFrame() gives it.
std::vector<Tensor> TaskWeights(std::span<const ReducedPart> parts, const FeatureFrame& reduced, ThreadPool* pool);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_TASK_MAP_H_
