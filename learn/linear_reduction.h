// linear_reduction.h: channel transforms that need no training: y = B A (x - m), x' = m + A^-1 B^T y, with m the
// channel means, A a task weight and B the principal components of A x. LibTorch does not show here.
//
// A = (M + eps I)^(1/2), M made of G / its mean eigenvalue (learn/task_sensitivity.h): squared error in y is then
// about the error of the task. A full A mixes channels, which destroys the zeros of a ReLU layer; a diagonal one does
// not.
#ifndef FSC_LEARN_LINEAR_REDUCTION_H_
#define FSC_LEARN_LINEAR_REDUCTION_H_

#include <memory>
#include <span>
#include <vector>

#include "core/conv_net.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "learn/reduction_sources.h"
#include "models/model_spec.h"

namespace fsc {

enum class TaskWeight {
  kNone,      // A = 1 / standard deviation of the source, so that layers count alike
  kDiagonal,  // M = diag(G)
  kFull,      // M = G
  kBlended,   // the mean of both
};

struct LinearReductionConfig {
  TaskWeight weight = TaskWeight::kNone;
  double epsilon = 0.02;  // of A, > 0
  int planes = 0;         // K; 0 = as many as carry all but `dropped_energy` of the variance of A x
  double dropped_energy = 5e-4;
};

struct LinearReduction {
  ConvNet reducer;                     // 1x1
  ConvNet restorer;                    // 1x1; outputs that were never negative stay so
  std::vector<double> plane_variance;  // of all planes, falling, also of those left out; in units of the reducer
};

// Means, covariance and smallest value of the folded channels of one part.
class ChannelStatistics {
 public:
  // kUsage for a part of more than kMaxChannels channels.
  static Result<std::unique_ptr<ChannelStatistics>> Create(const ModelSpec& spec, std::vector<ReductionSource> sources);
  virtual ~ChannelStatistics() = default;

  virtual Status Add(const FeatureFrame& frame) = 0;
  virtual int channels() const = 0;

  // `gram`: G, channels x channels, empty for TaskWeight::kNone. kUsage before the first frame, and for more planes
  // than channels.
  virtual Result<LinearReduction> Fit(std::span<const double> gram, const LinearReductionConfig& config) const = 0;

  static constexpr int kMaxChannels = 4096;
};

// Eigenvalues of a symmetric n x n matrix over their mean, falling. Empty where LibTorch finds none.
std::vector<double> NormalisedSpectrum(std::span<const double> matrix, int n);

}  // namespace fsc

#endif  // FSC_LEARN_LINEAR_REDUCTION_H_
