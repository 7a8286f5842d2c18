#include <algorithm>
#include <cmath>
#include <exception>
#include <opencv2/photo.hpp>
#include <vector>

#include "codec/conceal/fills.h"
#include "codec/conceal/inpaint.h"

namespace fsc {
namespace {

constexpr double kRadiusCells = 5;
constexpr int kBorderCells = 6;  // copies of the outermost cells: OpenCV goes wrong along the picture's edge
constexpr float kScale = 255;    // OpenCV's weights take samples to be of 8 bits, also where they are floats

// Where rows of a plane are lost and others are not: received values in 0..255, and the holes.
struct Holes {
  cv::Mat samples;
  cv::Mat mask;
  float low = 0;
  float range = 0;
};

Holes HolesOf(std::span<const float> plane, int channel, int width, const ArrivalMap& arrived) {
  Holes holes{cv::Mat(arrived.rows(), width, CV_32FC1, cv::Scalar(0)),
              cv::Mat(arrived.rows(), width, CV_8UC1, cv::Scalar(0))};
  float high = -INFINITY;
  holes.low = INFINITY;
  for (int y = 0; y < arrived.rows(); ++y) {
    if (!arrived.arrived(channel, y)) continue;
    const auto [least, most] = std::ranges::minmax(plane.subspan(size_t(y) * size_t(width), size_t(width)));
    holes.low = std::min(holes.low, least);
    high = std::max(high, most);
  }
  holes.range = high - holes.low;
  for (int y = 0; y < arrived.rows(); ++y) {
    for (int x = 0; x < width; ++x) {
      if (!arrived.arrived(channel, y)) {
        holes.mask.at<uint8_t>(y, x) = 255;
      } else if (holes.range > 0) {
        holes.samples.at<float>(y, x) =
            (plane[size_t(y) * size_t(width) + size_t(x)] - holes.low) / holes.range * kScale;
      }
    }
  }
  return holes;
}

}  // namespace

bool InpaintAvailable() {
  return true;
}

Status Inpaint(InpaintKind kind, const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor) {
  FillLinear(arrived, otherwise, tensor);  // also where a plane is too small or has no range
  const int width = tensor->width_cells();
  for (int c = 0; c < tensor->channels(); ++c) {
    int lost = 0;
    for (int y = 0; y < arrived.rows(); ++y) lost += arrived.arrived(c, y) ? 0 : 1;
    if (lost == 0 || lost == arrived.rows()) continue;
    const Holes holes = HolesOf(tensor->plane(c), c, width, arrived);
    if (!(holes.range > 0)) continue;
    cv::Mat mended;
    try {
      cv::Mat samples;
      cv::Mat mask;
      const int border = kBorderCells;
      cv::copyMakeBorder(holes.samples, samples, border, border, border, border, cv::BORDER_REPLICATE);
      cv::copyMakeBorder(holes.mask, mask, border, border, border, border, cv::BORDER_REPLICATE);
      cv::inpaint(samples, mask, mended, kRadiusCells,
                  kind == InpaintKind::kTelea ? cv::INPAINT_TELEA : cv::INPAINT_NS);
    } catch (const std::exception& error) {
      return Internal("inpainting failed", error.what());
    }
    for (int y = 0; y < arrived.rows(); ++y) {
      if (arrived.arrived(c, y)) continue;
      for (int x = 0; x < width; ++x) {
        const float value =
            std::clamp(mended.at<float>(y + kBorderCells, x + kBorderCells) / kScale, 0.0F, 1.0F) * holes.range +
            holes.low;
        if (std::isfinite(value)) tensor->plane(c)[size_t(y) * size_t(width) + size_t(x)] = value;
      }
    }
  }
  return {};
}

}  // namespace fsc
