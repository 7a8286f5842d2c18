// task_map_learner.h: learns where in a frame errors matter to the backs: a small network from reduced planes to the
// logarithm (base 2) of a weight for each cell (codec/profile/task_map.h uses it). LibTorch does not show here.
//
// The truth: the mean of |dL|^2 over random probes, dL the gradient of (u . output) with respect to the planes of one
// cell, through the restorer and the back, u as in learn/task_sensitivity.h: an error e of variance v in that cell
// then costs about v |dL|^2 / 2. It is averaged over 3 x 3 cells and divided by its mean over all frames; of several
// backs the mean is taken. A probe is noisy and dear, so the map is not used as it is: the network, 1x1 K -> 16, ReLU,
// 3x3 16 -> 1, is fitted to its logarithm by least squares (Adam), and predicts it from the planes alone.
#ifndef FSC_LEARN_TASK_MAP_LEARNER_H_
#define FSC_LEARN_TASK_MAP_LEARNER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/conv_net.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "learn/reduction_sources.h"
#include "models/input_geometry.h"
#include "models/model_spec.h"

namespace fsc {

struct TaskMapConfig {
  int probes = 2;  // random u for each frame and back, >= 1
  int hidden = 16;
  int steps = 600;  // one frame each
  uint64_t seed = 1;
  int threads = 1;  // of LibTorch, process-wide; the result depends on it in its last bits
};

class TaskMapLearner {
 public:
  // For one part: `sources` and `restorer` are its. `specs`: networks that share their front, one or more. kUsage for
  // settings that cannot be used, and what SensitivityMeter::Create says of a back.
  static Result<std::unique_ptr<TaskMapLearner>> Create(const std::vector<ModelSpec>& specs,
                                                        std::vector<ReductionSource> sources, const ConvNet& restorer,
                                                        const TaskMapConfig& config);
  virtual ~TaskMapLearner() = default;

  // One frame, as it is and reduced (K x H x W). kBadInput when a back cannot be differentiated.
  virtual Status Add(const FeatureFrame& frame, const Tensor& planes, const InputGeometry& geometry) = 0;
  // The network, of weights whose mean over all frames is 1. `exponent`: of the weights, > 0; 1 is the truth as above,
  // less is careful. Trains at the first call. kUsage before the first frame; kBadInput when every gradient was zero.
  virtual Result<ConvNet> Fit(double exponent) = 0;
  // After Fit(): how much of the variance of the truth's logarithm the network explains, on the frames added.
  virtual double explained() const = 0;
};

}  // namespace fsc

#endif  // FSC_LEARN_TASK_MAP_LEARNER_H_
