// cell_motion.h: where a tensor comes from in the one before, from the tensors alone, and the tensor that this
// predicts.
#ifndef FSC_CODEC_CONCEAL_CELL_MOTION_H_
#define FSC_CODEC_CONCEAL_CELL_MOTION_H_

#include <span>
#include <vector>

#include "fsc/arrival_map.h"
#include "fsc/concealer.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

// The previous tensor, moved: bilinear between cells, positions clamped to the plane. The field has the tensor's size;
// components that are no numbers count as 0.
Tensor MoveTensor(const Tensor& previous, const CellMotion& motion);

// Motion between the leading principal planes of the two tensors, both without the channels that did not arrive in a
// row. No motion at all where the build has no optical flow, or the tensors are of fewer than 8 cells in a direction.
Result<CellMotion> EstimateCellMotion(const Tensor& tensor, const ArrivalMap& arrived, const Tensor& previous);

// Optical flow (dense inverse search) of planes of height x width 8-bit samples, enlarged before; no motion where the
// build has none.
Result<CellMotion> PlaneFlow(std::span<const float> current, std::span<const float> previous, int height, int width);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_CELL_MOTION_H_
