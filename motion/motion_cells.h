// motion_cells.h: motion from planes at their own size: faster than motion_planes.h, which puts them on pictures of the
// input's size. Encoder only.
#ifndef FSC_MOTION_MOTION_CELLS_H_
#define FSC_MOTION_MOTION_CELLS_H_

#include <span>

#include "fsc/feature_frame.h"
#include "motion/motion_planes.h"
#include "motion/motion_search.h"

namespace fsc {

// Whether leaves of VirtualMotionGeometry() are two cells wide and high, as they are where the stride is a multiple of
// 8: what the search below needs.
bool HasCellLeaves(const LayerSpec& layer);

// As EstimateMotionFromPlanes(), of a layer that HasCellLeaves(): the eight planes with the most energy in differences
// of neighbours, six taps to half a cell, bilinear between.
Result<MotionField> EstimateMotionFromCells(std::span<const PlaneView<const int16_t>> current,
                                            std::span<const PlaneView<const int16_t>> reference, const LayerSpec& layer,
                                            const MotionSearchOptions& options);

}  // namespace fsc

#endif  // FSC_MOTION_MOTION_CELLS_H_
