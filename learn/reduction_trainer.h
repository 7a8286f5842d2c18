// reduction_trainer.h: learns a channel reduction for one split by distillation: a reducer in front of the codec and a
// restorer behind it, so that the back says the same on restored features as on the originals. Needs no labels.
// LibTorch does not show here.
//
//   loss = divergence_weight * D(back(x) || back(x')) + squared_error_weight * |back(x) - back(x')|^2 / var
//        + feature_weight * |x - x'|^2 / var + lambda * rate
// x' = restorer(reducer(x) + uniform noise), on random crops and mirrored crops of feature tensors. The rate is a
// model, in about bits per feature element: mean of log2(1 + 1.5 |difference of neighbours|) over the planes, or the
// compressibility loss (learn/torch/compressibility_loss.h). Adam, the rate of learning rising over the first steps
// and falling on half a cosine, started from components weighted by the task (learn/torch/reduction_start.h). The
// weights with the least loss on held-back frames are the result.
//
// Several backs share one reduction: their losses L_i (all of the above but the rate) and the rate L_r are combined as
// in the multi-task paper, sum w_i L_i + w_r L_r + log sqrt(1 / (a w)), with trainable weights w
// (learn/torch/compressibility_loss.h has the formula), which start where they are stationary, w L = 1/2. Or, with
// RateWeight::kLambda, the rate keeps lambda and the weights, scaled to a sum of 1, weigh the backs alone.
#ifndef FSC_LEARN_REDUCTION_TRAINER_H_
#define FSC_LEARN_REDUCTION_TRAINER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/conv_net.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "learn/reduction_sources.h"
#include "models/model_spec.h"

namespace fsc {

// Both with a restorer fitted by least squares (learn/torch/reduction_start.h).
enum class ReductionStartKind {
  kTask,        // components weighted by what the task listens to
  kComponents,  // principal components
};

enum class RateModel { kDifferences, kCompressibility };

// With several backs; one back has lambda.
enum class RateWeight {
  kTrained,  // as the backs' weights: lambda is not used
  kLambda,
};

struct ReductionConfig {
  int planes = 48;         // K
  int reducer_kernel = 1;  // 1 or 3
  ReductionStartKind start = ReductionStartKind::kTask;
  int branch_width = 64;  // of the restorer's second path; 0 = none
  double lambda = 0.1;    // loss for one bit per element
  // Of the output's divergence and relative squared error; without a value by the task: 1 and 0 for detection, else
  // 0.2 and 1 (raw scores lead the training better than probabilities; boxes would drown everything).
  std::optional<double> divergence_weight;
  std::optional<double> squared_error_weight;
  double feature_weight = 0.02;
  RateModel rate_model = RateModel::kDifferences;
  RateWeight rate_weight = RateWeight::kTrained;
  double coarsest_step = 2;  // the noise is 1 .. this many plane units wide: for a range of quantisers, >= 1
  int steps = 800;
  int refine_steps = 200;  // of Refine()
  int batch = 3;
  int crop_px = 224;            // side of a crop in input pixels, rounded to what the back takes
  double learning_rate = 1e-3;  // of the reducer, at its peak
  int patience = 4;             // looks at the held-back frames without progress that end training, in its second half
  uint64_t seed = 1;
  int threads = 1;  // of LibTorch, process-wide; results depend on it in their last bits
};

struct TrainingLoss {
  // What is minimised; of several backs what does not hang on the weights' present values: on held-back frames, the
  // geometric mean of L_i and L_r, or the mean of L_i weighted with 1 / its start, plus lambda times the rate.
  double total = 0;
  double divergence = 0;        // mean over the backs
  double squared_error = 0;     // of the output, relative
  double feature = 0;           // relative squared error
  double rate = 0;              // of the model, about bits per feature element
  std::vector<double> backs;    // L_i of each back, where there are several
  std::vector<double> weights;  // then: the weights w of each back, and of the rate where that is trained; in training
};

struct TrainingPoint {
  int step = 0;
  TrainingLoss loss;    // on this step's crops
  bool looked = false;  // `held_back` was measured at this step
  TrainingLoss held_back;
};

// Called after every step; false stops training, which keeps the best weights so far.
using TrainingProgress = std::function<bool(const TrainingPoint&)>;

// A frame and what a codec made of its planes, as Reducer() gave them: planes x H x W, in plane units.
struct DecodedPlanes {
  const FeatureFrame* frame = nullptr;
  Tensor planes;
};
using DecodedSet = std::vector<DecodedPlanes>;  // of one quantiser

class ReductionTrainer {
 public:
  // `specs`: networks that share their front (learn/shared_front.h), one or more. kUsage for settings that cannot be
  // used, and what SensitivityMeter::Create says of a back.
  static Result<std::unique_ptr<ReductionTrainer>> Create(const std::vector<ModelSpec>& specs,
                                                          std::vector<ReductionSource> sources,
                                                          const ReductionConfig& config);
  virtual ~ReductionTrainer() = default;

  // Frames are borrowed for the call. kUsage for fewer than 1 frame in either, or more planes than channels; kBadInput
  // when the back cannot be differentiated or the loss is not finite. Deterministic for a seed and a thread count.
  virtual Status Train(std::span<const FeatureFrame* const> frames, std::span<const FeatureFrame* const> held_back,
                       const TrainingProgress& progress) = 0;
  // After Train(): the restorer alone, on planes that a codec has really coded: it learns to undo the codec's errors.
  // What is minimised is the mean logarithm of L_i, so that every quantiser gains its share. kUsage for no sets.
  virtual Status Refine(std::span<const DecodedSet> decoded, std::span<const DecodedSet> held_back,
                        const TrainingProgress& progress) = 0;

  // After Train().
  virtual ConvNet reducer() const = 0;
  virtual ConvNet restorer() const = 0;
  // Eigenvalues of G over their mean, falling; empty where training did not start from it.
  virtual const std::vector<double>& sensitivity() const = 0;
  // On the held-back frames, of what Train() began and ended with; after Refine() of what that began and ended with.
  virtual const TrainingLoss& start_loss() const = 0;
  virtual const TrainingLoss& best_loss() const = 0;
};

}  // namespace fsc

#endif  // FSC_LEARN_REDUCTION_TRAINER_H_
