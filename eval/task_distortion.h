// task_distortion.h: how far the back's output on decoded features is from its output on the originals. Needs no
// labels.
//
// The uncompressed run is the reference P, the run on decoded features is Q. Three measures; docs/evaluation.md says
// which misleads when (task SNR does: logits may move far without a decision changing).
//   KL         Kullback-Leibler divergence D(P || Q) of the class probabilities, in nats, natural logarithm, >= 0.
//              classification: of the softmax, mean over frames. segmentation: of each pixel's softmax, mean over
//              pixels. detection: an anchor's output is a two-step distribution: an object is there with probability o
//              (objectness); given one, each class c applies with probability p_c, independently (the network is
//              trained with one sigmoid a class). By the chain rule D = d(o || o') + o sum_c d(p_c || p'_c), d the
//              divergence of two coins: the class part weighs as much as the reference believes in the object. Mean
//              over anchors. Probabilities are clamped to [1e-7, 1 - 1e-7]. Box coordinates do not enter: agreement and
//              task SNR see those.
//   agreement  0..1. classification: share of frames with the same best class. segmentation: share of pixels with the
//   same
//              label. detection: F1 of Q's boxes with P's boxes as truth: best score first, each box of Q takes the
//              free box of P of its class with the largest IoU >= .5; F1 = 2 TP / (2 TP + FP + FN) over all frames; 1
//              when neither has a box.
//   task SNR   10 log10(var / MSE), var = variance of all elements of P over all frames, MSE between P and Q.
#ifndef FSC_EVAL_TASK_DISTORTION_H_
#define FSC_EVAL_TASK_DISTORTION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "eval/feature_distortion.h"
#include "fsc/status.h"
#include "models/task_result.h"

namespace fsc {

// Intersection over union of two boxes, edges as continuous coordinates; 0 where both are empty.
double BoxIou(const Detection& a, const Detection& b);

// D(P || Q) of the softmax of two logit vectors, whose elements lie `stride` apart. Double precision, no clamp.
double SoftmaxDivergence(const float* p_logits, const float* q_logits, int64_t classes, int64_t stride);
// D(P || Q) of two coins with probabilities p and q, clamped as above.
double CoinDivergence(double p, double q);

struct TaskDistortion {
  double kl_nats = 0;
  double agreement = 0;
  double task_snr_db = 0;
};

// How many boxes of `test` find a partner in `truth`, by the rule above. Both best first.
int64_t MatchedBoxes(const std::vector<Detection>& truth, const std::vector<Detection>& test, double iou_threshold);

class TaskDistortionSum {
 public:
  // One frame. kBadInput when the two are of different kinds or shapes, or of kind kNone. The first call fixes the
  // kind.
  Status Add(const TaskResult& reference, const TaskResult& test);
  TaskDistortion Summary() const;
  int64_t frames() const { return frames_; }
  // Of the last frame given to Add.
  double last_kl_nats() const { return last_kl_; }
  double last_agreement() const { return last_agreement_; }
  double last_agreed() const { return last_agreed_; }  // of last_compared()
  double last_compared() const { return last_compared_; }

 private:
  TaskKind kind_ = TaskKind::kNone;
  int64_t frames_ = 0;
  double kl_sum_ = 0;    // of per-frame means
  double agreed_ = 0;    // frames, pixels, or true positives
  double compared_ = 0;  // frames, pixels, or (boxes of P + boxes of Q) / 2
  double last_kl_ = 0;
  double last_agreement_ = 0;
  double last_agreed_ = 0;
  double last_compared_ = 0;
  DistortionSum output_;
};

}  // namespace fsc

#endif  // FSC_EVAL_TASK_DISTORTION_H_
