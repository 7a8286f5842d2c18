// resize.h: a picture at another size.
#ifndef FSC_MODELS_RESIZE_H_
#define FSC_MODELS_RESIZE_H_

#include "core/image.h"

namespace fsc {

// Stretched to width x height (both >= 1): by the mean of the area where it shrinks in both directions, else bilinear.
Image Resized(const Image& image, int width_px, int height_px);

}  // namespace fsc

#endif  // FSC_MODELS_RESIZE_H_
