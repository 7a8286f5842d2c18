#include "motion/flow_opencv.h"

#include <algorithm>
#include <cmath>
#include <opencv2/video/tracking.hpp>

#include "motion/field_from_pictures.h"

namespace fsc {
namespace {

constexpr int kSmallestFlowPx = 32;

int16_t MedianQpel(std::vector<float>& values, int limit_qpel) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  const float qpel = 4 * values[values.size() / 2];
  if (!std::isfinite(qpel)) return 0;
  return int16_t(std::lround(std::clamp(qpel, float(-limit_qpel), float(limit_qpel))));
}

std::vector<MotionVector> LeafMedians(const cv::Mat& flow, const MotionGeometry& geometry, int limit_qpel) {
  std::vector<MotionVector> leaves;
  std::vector<float> across;
  std::vector<float> down;
  for (int leaf_y = 0; leaf_y < geometry.leaves_y(); ++leaf_y) {
    for (int leaf_x = 0; leaf_x < geometry.leaves_x(); ++leaf_x) {
      across.clear();
      down.clear();
      for (int y = leaf_y * kMotionLeafPx; y < std::min((leaf_y + 1) * kMotionLeafPx, flow.rows); ++y) {
        for (int x = leaf_x * kMotionLeafPx; x < std::min((leaf_x + 1) * kMotionLeafPx, flow.cols); ++x) {
          const cv::Vec2f v = flow.at<cv::Vec2f>(y, x);
          across.push_back(v[0]);
          down.push_back(v[1]);
        }
      }
      leaves.push_back({MedianQpel(across, limit_qpel), MedianQpel(down, limit_qpel)});
    }
  }
  return leaves;
}

// OpenCV does not write to what it reads, but its interface cannot say so.
cv::Mat Borrow(PlaneView<const uint8_t> picture) {
  return cv::Mat(picture.height, picture.width, CV_8UC1, const_cast<uint8_t*>(picture.data), size_t(picture.stride));
}

}  // namespace

bool FlowAvailable() {
  return true;
}

Result<MotionField> EstimateFlow(const MotionLuma& current_luma, const MotionLuma& reference_luma,
                                 const MotionSearchOptions& options) {
  const PlaneView<const uint8_t> current = current_luma.view();
  const PlaneView<const uint8_t> reference = reference_luma.view();
  FSC_RETURN_IF_ERROR(CheckSearchOptions(options));
  if (current.width != reference.width || current.height != reference.height ||
      std::min(current.width, current.height) < kSmallestFlowPx || options.range_px == 0) {
    return EstimateMotion(current_luma, reference_luma, options);
  }
  const MotionGeometry geometry{current.width, current.height, options.unit_px};
  if (Status status = CheckMotionGeometry(geometry, Limits(), "optical flow"); !status.ok()) {
    return Usage(status.error().what, status.error().where);
  }
  std::vector<MotionVector> start;
  try {
    const cv::Ptr<cv::DISOpticalFlow> dis = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_FAST);
    cv::Mat flow;
    dis->calc(Borrow(current), Borrow(reference), flow);
    start = LeafMedians(flow, geometry, options.range_px * 4);
  } catch (const std::exception& e) {
    return Internal("optical flow failed", e.what());
  }
  for (const MotionLuma* luma : {&current_luma, &reference_luma}) {
    if (!luma->picture().ok()) return Error(luma->picture().error());
  }
  const PicturePyramid* const currents[] = {&current_luma.picture()->pyramid()};
  const PicturePyramid* const references[] = {&reference_luma.picture()->pyramid()};
  return DecideBestBase(SearchLevels(currents, references, options.range_px)[0], geometry, start, options);
}

}  // namespace fsc
