// reduction_start.h: where the training of a reduction begins: a linear reducer and a 3x3 restorer fitted to it, both
// in closed form. On ResNet-18 it is better than 300 steps of training from plain principal components.
//
// Private to this folder: this header shows LibTorch, and is not installed. Functions may throw c10::Error.
//
// x holds the folded channels of all sources, times `scale`; C of them, K planes.
//   planes   = encoder x + encoder_bias     the K first principal components of A x, A = (G + eps I)^(1/2),
//                                           G the task's sensitivity (learn/task_sensitivity.h) over its mean
//                                           eigenvalue; without one A = 1
//   restored = decoder * planes + decoder_bias
// One plane unit is half the root mean square deviation of A x over its C rows.
#ifndef FSC_LEARN_TORCH_REDUCTION_START_H_
#define FSC_LEARN_TORCH_REDUCTION_START_H_

#include <torch/types.h>

#include <span>
#include <vector>

#include "fsc/feature_frame.h"
#include "learn/reduction_sources.h"

namespace fsc {

inline constexpr double kPlaneUnit = 0.5;        // of the root mean square deviation of A x
inline constexpr double kLeastVariance = 1e-20;  // of a channel that is divided by its deviation

struct CellSamples {
  torch::Tensor cells;  // C x cells, of all frames alike, not scaled
  torch::Tensor scale;  // C: makes every source count as much as another
  torch::Tensor low;    // C: 0 where no cell is negative, else minus infinity
};

// Frames of `sources`, at least one.
CellSamples SampleCells(std::span<const FeatureFrame* const> frames, const std::vector<ReductionSource>& sources);

struct ReductionStart {
  torch::Tensor scale;         // C
  torch::Tensor low;           // C: smallest outputs, 0 or minus infinity
  torch::Tensor encoder;       // K x C
  torch::Tensor encoder_bias;  // K
  torch::Tensor decoder;       // C x K x 3 x 3
  torch::Tensor decoder_bias;  // C
};

// `gram`: G of the channels, not scaled, C x C, up to a factor; undefined for plain components. The restorer is the
// transposed transform, in the middle of its kernel.
ReductionStart StartFromComponents(const CellSamples& samples, const torch::Tensor& gram, int planes);

// Fits the decoder by least squares: from planes with uniform noise of `noise` plane units to `pieces` (1 x C x H x W
// each, not scaled). `low` does not count.
void FitDecoder(const std::vector<torch::Tensor>& pieces, double noise, torch::Generator generator,
                ReductionStart* start);

}  // namespace fsc

#endif  // FSC_LEARN_TORCH_REDUCTION_START_H_
