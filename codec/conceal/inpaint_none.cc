// Stands in for inpaint_opencv.cc in builds without OpenCV.
#include "codec/conceal/inpaint.h"

namespace fsc {

bool InpaintAvailable() {
  return false;
}

Status Inpaint(InpaintKind, const ArrivalMap&, std::span<const float>, Tensor*) {
  return Usage("inpainting is not in this build", "", "use another concealer, or build with -DFSC_WITH_FFMPEG=ON");
}

}  // namespace fsc
