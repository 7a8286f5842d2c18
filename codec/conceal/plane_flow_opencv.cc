#include <algorithm>
#include <cmath>
#include <exception>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "codec/conceal/cell_motion.h"

namespace fsc {
namespace {

constexpr int kEnlarged = 4;  // times: the flow's patches are as large as objects are there

cv::Mat Picture(std::span<const float> plane, int height, int width, float low, float scale) {
  cv::Mat samples(height, width, CV_8UC1);
  for (size_t i = 0; i < plane.size(); ++i) samples.data[i] = uint8_t(std::lround((plane[i] - low) * scale));
  cv::Mat enlarged;
  cv::resize(samples, enlarged, {}, kEnlarged, kEnlarged, cv::INTER_CUBIC);
  return enlarged;
}

}  // namespace

Result<CellMotion> PlaneFlow(std::span<const float> current, std::span<const float> previous, int height, int width) {
  CellMotion motion{std::vector<float>(current.size(), 0.0F), std::vector<float>(current.size(), 0.0F)};
  const auto [low, high] = std::ranges::minmax(previous);
  const auto [other_low, other_high] = std::ranges::minmax(current);
  const float least = std::min(low, other_low);
  const float range = std::max(high, other_high) - least;
  if (!(range > 0) || !std::isfinite(range)) return motion;
  try {
    cv::Mat flow;
    cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_FAST)
        ->calc(Picture(current, height, width, least, 255 / range),
               Picture(previous, height, width, least, 255 / range), flow);
    cv::Mat cells;
    cv::resize(flow, cells, {width, height}, 0, 0, cv::INTER_AREA);
    for (size_t i = 0; i < current.size(); ++i) {
      const cv::Vec2f vector = cells.at<cv::Vec2f>(int(i) / width, int(i) % width);
      motion.dx_cells[i] = vector[0] / kEnlarged;
      motion.dy_cells[i] = vector[1] / kEnlarged;
    }
  } catch (const std::exception& error) {
    return Internal("optical flow failed", error.what());
  }
  return motion;
}

}  // namespace fsc
