// still_completion.h: Gaussian completion of a tensor by itself: `gcross` and `gauss` by statistics, `gself` without.
#ifndef FSC_CODEC_CONCEAL_STILL_COMPLETION_H_
#define FSC_CODEC_CONCEAL_STILL_COMPLETION_H_

#include <string>

#include "codec/conceal/completion.h"
#include "codec/conceal/row_concealer.h"

namespace fsc {

inline constexpr float kCalibratedRidge = 0.01F;  // of statistics from many tensors
inline constexpr float kAdaptiveRidge = 0.02F;    // of those of the last few
inline constexpr float kSelfRidge = 0.1F;         // of the tensor itself

enum class StillKind { kSelf, kGauss, kCross };

// The best that the statistics allow; null = none.
StillKind BestStillKind(const CompletionStatistics* statistics);

class StillCompletion {
 public:
  // `statistics` has what the kind needs.
  StillCompletion(StillKind kind, const CompletionStatistics* statistics);

  // The name of the method.
  std::string Fill(const LossyTensor& lossy, Tensor* tensor) const;

 private:
  StillKind kind_;
  CompletionModel gauss_;
  CompletionModel cross_;
};

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_STILL_COMPLETION_H_
