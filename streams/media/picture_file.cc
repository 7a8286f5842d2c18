#include "streams/picture_file.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "streams/media/functions.h"

namespace fsc {
namespace {

Result<std::vector<uint8_t>> Encode(const cv::Mat& mat) {
  std::vector<uint8_t> bytes;
  try {
    if (!cv::imencode(".png", mat, bytes)) return Internal("OpenCV cannot write PNG");
  } catch (const std::exception& e) {
    return Internal("OpenCV cannot write PNG", e.what());
  }
  return bytes;
}

}  // namespace

Result<std::vector<uint8_t>> media::EncodePng(const Image& image) {
  // OpenCV only reads through this pointer.
  return Encode(cv::Mat(image.height_px, image.width_px, CV_8UC3, const_cast<uint8_t*>(image.bgr.data())));
}

Result<std::vector<uint8_t>> media::EncodeGrayPng(PlaneView<const uint8_t> gray) {
  return Encode(cv::Mat(gray.height, gray.width, CV_8UC1, const_cast<uint8_t*>(gray.data), size_t(gray.stride)));
}

Result<StoredPicture> media::ReadPicture(const std::string& path, PictureSamples samples) {
  const int how = samples == PictureSamples::kGray  ? cv::IMREAD_GRAYSCALE
                  : samples == PictureSamples::kBgr ? cv::IMREAD_COLOR
                                                    : cv::IMREAD_UNCHANGED;
  cv::Mat mat;
  try {
    mat = cv::imread(path, how);
  } catch (const std::exception& e) {
    return BadInput("cannot read the picture", path, e.what());
  }
  if (mat.empty()) return BadInput("cannot read the picture", path);
  StoredPicture picture;
  picture.width_px = mat.cols;
  picture.height_px = mat.rows;
  picture.channels = mat.channels();
  picture.bits = mat.depth() == CV_8U ? 8 : mat.depth() == CV_16U ? 16 : 0;
  if (picture.bits == 0) return picture;
  picture.samples.reserve(mat.total() * size_t(mat.channels()));
  for (int y = 0; y < mat.rows; ++y) {
    const size_t count = size_t(mat.cols) * size_t(mat.channels());
    if (picture.bits == 8) {
      picture.samples.insert(picture.samples.end(), mat.ptr<uint8_t>(y), mat.ptr<uint8_t>(y) + count);
    } else {
      picture.samples.insert(picture.samples.end(), mat.ptr<uint16_t>(y), mat.ptr<uint16_t>(y) + count);
    }
  }
  return picture;
}

}  // namespace fsc
