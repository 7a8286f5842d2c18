// motion_planes.h: motion for streams without a video: both planes' sides already have the decoded planes of the
// reference, and the encoder has the current ones; the most energetic planes of the layer, put on a picture of the
// input's size, stand in for the luma. Encoder only.
#ifndef FSC_MOTION_MOTION_PLANES_H_
#define FSC_MOTION_MOTION_PLANES_H_

#include <span>

#include "fsc/feature_frame.h"
#include "motion/motion_search.h"

namespace fsc {

// The geometry of the virtual picture of a stream whose input size is unknown: the extent of `layer` (the codec passes
// the layer of the finest stride) in field pixels of unit_px = max(1, stride / 8) input pixels.
MotionGeometry VirtualMotionGeometry(const LayerSpec& layer);

// Motion of `current` against `reference`: planes of one layer in the same order and size (H x W cells each). The eight
// planes with the most energy in their horizontal and vertical differences are searched together, interpolated to the
// virtual picture. kUsage when counts or sizes differ from `layer` or there is no plane. options.unit_px is ignored;
// lambda is per plane.
Result<MotionField> EstimateMotionFromPlanes(std::span<const PlaneView<const int16_t>> current,
                                             std::span<const PlaneView<const int16_t>> reference,
                                             const LayerSpec& layer, const MotionSearchOptions& options);

}  // namespace fsc

#endif  // FSC_MOTION_MOTION_PLANES_H_
