// inpaint.h: lost rows as pictures with holes: OpenCV's inpainting, a channel at a time.
#ifndef FSC_CODEC_CONCEAL_INPAINT_H_
#define FSC_CODEC_CONCEAL_INPAINT_H_

#include <span>

#include "fsc/arrival_map.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

enum class InpaintKind {
  kNavierStokes,  // M. Bertalmio et al., "Navier-Stokes, fluid dynamics, and image and video inpainting", CVPR 2001
  kTelea,         // A. Telea, "An image inpainting technique based on the fast marching method", JGT 9, 2004
};

// True where the build has OpenCV.
bool InpaintAvailable();

// Channels of which nothing arrived become otherwise[c]. kUsage where the build has no OpenCV.
Status Inpaint(InpaintKind kind, const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_INPAINT_H_
