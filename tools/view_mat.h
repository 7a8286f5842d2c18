// view_mat.h: pictures and colours of fsc view as OpenCV takes them, for the .cc files that draw.
#ifndef FSC_TOOLS_VIEW_MAT_H_
#define FSC_TOOLS_VIEW_MAT_H_

#include <opencv2/core.hpp>

#include "core/image.h"
#include "tools/view_canvas.h"

namespace fsc::tools {

// Borrows the pixels.
inline cv::Mat Wrap(Image& image) {
  return cv::Mat(image.height_px, image.width_px, CV_8UC3, image.bgr.data());
}

inline cv::Mat Wrap(const Image& image) {
  // OpenCV has no read-only header; what gets this one only reads.
  return cv::Mat(image.height_px, image.width_px, CV_8UC3, const_cast<uint8_t*>(image.bgr.data()));
}

inline cv::Scalar ScalarOf(Colour colour) {
  return cv::Scalar(colour.blue, colour.green, colour.red);
}

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VIEW_MAT_H_
