#include "models/resize.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace fsc {

Image Resized(const Image& image, int width_px, int height_px) {
  // OpenCV only reads through this pointer.
  const cv::Mat from(image.height_px, image.width_px, CV_8UC3, const_cast<uint8_t*>(image.bgr.data()));
  Image out{width_px, height_px, std::vector<uint8_t>(size_t(3) * size_t(width_px) * size_t(height_px))};
  cv::Mat to(height_px, width_px, CV_8UC3, out.bgr.data());
  const bool shrinks = width_px < image.width_px && height_px < image.height_px;
  cv::resize(from, to, to.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

}  // namespace fsc
