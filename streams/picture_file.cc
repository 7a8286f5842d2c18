#include "streams/picture_file.h"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "streams/output_file.h"

namespace fsc {
namespace {

Status WriteMat(const std::string& path, const cv::Mat& mat) {
  std::vector<uint8_t> bytes;
  try {
    if (!cv::imencode(".png", mat, bytes)) return Internal("OpenCV cannot write PNG", path, "");
  } catch (const std::exception& e) {
    return Internal("OpenCV cannot write PNG", path, e.what());
  }
  FSC_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, OutputFile::Create(path));
  FSC_RETURN_IF_ERROR(file->Write(bytes));
  return file->Commit();
}

}  // namespace

Status WritePng(const std::string& path, const Image& image) {
  if (image.width_px < 1 || image.height_px < 1 ||
      image.bgr.size() != size_t(image.width_px) * size_t(image.height_px) * 3) {
    return Usage("picture is empty or has not the size it says", path);
  }
  // OpenCV only reads through this pointer.
  return WriteMat(path, cv::Mat(image.height_px, image.width_px, CV_8UC3, const_cast<uint8_t*>(image.bgr.data())));
}

Status WritePng(const std::string& path, PlaneView<const uint8_t> gray) {
  if (gray.width < 1 || gray.height < 1) return Usage("picture is empty", path);
  return WriteMat(path,
                  cv::Mat(gray.height, gray.width, CV_8UC1, const_cast<uint8_t*>(gray.data), size_t(gray.stride)));
}

}  // namespace fsc
