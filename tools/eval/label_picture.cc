#include "tools/eval/label_picture.h"

#include <fmt/format.h>

#include <opencv2/imgcodecs.hpp>
#include <utility>

#include "core/limits.h"
#include "streams/palette_png.h"

namespace fsc {

Result<LabelImage> ReadLabelImage(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(auto palette, ReadPalettePng(path, Limits{}));
  if (palette) return LabelImage{palette->width_px, palette->height_px, std::move(palette->indices)};
  const cv::Mat picture = cv::imread(path, cv::IMREAD_UNCHANGED);
  if (picture.empty()) return BadInput("cannot read the label picture", path);
  LabelImage out{picture.cols, picture.rows, {}};
  out.labels.reserve(size_t(picture.cols) * size_t(picture.rows));
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      if (picture.type() == CV_8UC1) {
        out.labels.push_back(picture.at<uint8_t>(y, x));
        continue;
      }
      if (picture.type() == CV_16UC1) {
        const uint16_t label = picture.at<uint16_t>(y, x);
        if (label > 255) {
          return BadInput(fmt::format("label {} in a 16-bit picture", label), path, "class indices are 0 to 255");
        }
        out.labels.push_back(uint8_t(label));
        continue;
      }
      const cv::Vec3b colour = picture.type() == CV_8UC3 ? picture.at<cv::Vec3b>(y, x) : cv::Vec3b(0, 1, 2);
      if (colour[0] != colour[1] || colour[1] != colour[2]) {
        return BadInput("label picture in colours", path,
                        "store one class index a pixel: 8 or 16 bits with one channel, or a palette");
      }
      out.labels.push_back(colour[0]);
    }
  }
  return out;
}

}  // namespace fsc
