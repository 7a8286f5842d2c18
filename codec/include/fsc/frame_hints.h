// frame_hints.h: what may come with a frame to an encoder.
#ifndef FSC_FRAME_HINTS_H_
#define FSC_FRAME_HINTS_H_

#include <cstdint>
#include <span>

#include "fsc/feature_frame.h"
#include "fsc/plane.h"

namespace fsc {

// Borrowed for the call.
struct FrameHints {
  // The network's input picture as 8-bit full-range luma, for motion; the same size for all frames. Null = no video.
  PlaneView<const uint8_t> luma;
  // How much a squared error counts in each cell of the frame as the mode sees it (reduced, where there is a profile):
  // of each coded layer a tensor of one channel, values 1/64 .. 64, about 1 on average. Empty = what the profile's task
  // map says. Modes other than latent, and latent without LatentConfig::task_map, take no notice.
  std::span<const Tensor> weights;
};

}  // namespace fsc

#endif  // FSC_FRAME_HINTS_H_
