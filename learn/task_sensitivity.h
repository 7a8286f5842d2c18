// task_sensitivity.h: which directions of the split tensors the back listens to. Needs no labels.
//
// G = E[ sum over cells of g g^T ], g (C values) the gradient of u . output at one cell, u random: Gauss-Newton
// (design: Martens, JMLR 2020, sections 6 and 8). An error e of the features then costs about e^T G e / 2 at every
// cell. With u = z normal that is squared error at the output; with u = F^(1/2) z, F the Fisher information of the
// classes that the output describes, it is their Kullback-Leibler divergence, which follows accuracy more closely.
#ifndef FSC_LEARN_TASK_SENSITIVITY_H_
#define FSC_LEARN_TASK_SENSITIVITY_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "learn/reduction_sources.h"
#include "models/input_geometry.h"
#include "models/model_spec.h"

namespace fsc {

enum class SensitivityMeasure {
  kDivergence,    // of what the task's output means (learn/torch/task_loss.h)
  kSquaredError,  // of the raw output
};

struct SensitivityConfig {
  SensitivityMeasure measure = SensitivityMeasure::kDivergence;
  int probes = 2;  // random u for each frame, >= 1
  uint64_t seed = 1;
  int threads = 1;  // of LibTorch, process-wide; the result depends on it in its last bits
};

class SensitivityMeter {
 public:
  // For the folded channels of one part. kUsage for a model without a back, kIo / kBadInput for one that cannot be
  // loaded.
  static Result<std::unique_ptr<SensitivityMeter>> Create(const ModelSpec& spec, std::vector<ReductionSource> sources,
                                                          const SensitivityConfig& config);
  virtual ~SensitivityMeter() = default;

  // One frame; the same network input each time gives the same G for the same seed. kBadInput when the back cannot be
  // differentiated, returns integers, or a layer gets no gradient.
  virtual Status Add(const FeatureFrame& frame, const InputGeometry& geometry) = 0;

  // G of all frames so far: channels x channels, symmetric, mean over frames, probes and cells. kUsage before the first
  // frame, kBadInput when all gradients of some layer were zero.
  virtual Result<std::vector<double>> Gram() const = 0;
};

}  // namespace fsc

#endif  // FSC_LEARN_TASK_SENSITIVITY_H_
