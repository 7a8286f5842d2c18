// task_loss.h: how far two outputs of a back are apart, as something to be minimised. The same measures as
// eval/task_distortion.h, differentiable.
//
// Private to this folder: this header shows LibTorch, and is not installed. Functions may throw c10::Error.
#ifndef FSC_LEARN_TORCH_TASK_LOSS_H_
#define FSC_LEARN_TORCH_TASK_LOSS_H_

#include <torch/types.h>

#include "models/model_spec.h"

namespace fsc {

// Mean divergence D(reference || output), >= 0, in nats:
//   classification, segmentation  of the softmax over dimension 1, mean over the rest
//   detection                     N x anchors x (5 + classes): objectness o and classes as coins, the classes weighted
//                                 with the reference's o, plus o times half the squared error of the box in tenths of
//                                 its size; sum over anchors, divided by the objects that the reference sees, sum o
//                                 + 0.01 anchors: an empty picture weighs little, a crowded one not more than one
//                                 object
//   none                          squared error over the reference's variance
torch::Tensor TaskDivergence(TaskKind kind, const torch::Tensor& reference, const torch::Tensor& output);

// Squared error of the raw output over its variance. For detection that is nearly only box coordinates: misleading.
torch::Tensor RelativeSquaredError(const torch::Tensor& reference, const torch::Tensor& output);

// Random weights u of the output's shape with E[u u^T] = the second derivative of TaskDivergence (up to its scale) at
// `output`: u = F^(1/2) z, z normal. For kNone u = z.
torch::Tensor RandomTaskProbe(TaskKind kind, const torch::Tensor& output, torch::Generator generator);

}  // namespace fsc

#endif  // FSC_LEARN_TORCH_TASK_LOSS_H_
