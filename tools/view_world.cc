#include "tools/view_world.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "tools/view_canvas.h"
#include "tools/view_mat.h"

namespace fsc::tools {
namespace {

constexpr int kWishedInputWidthPx = 800;
constexpr int kMostWidthPx = 1920;
constexpr int kMostPaddingPx = 63;  // sizes are padded to multiples of 64 at most

size_t FinestLayer(const std::vector<LayerSpec>& layers) {
  return size_t(std::min_element(layers.begin(), layers.end(),
                                 [](const auto& a, const auto& b) { return a.stride_px < b.stride_px; }) -
                layers.begin());
}

bool IsPadded(int source_px, int input_px) {
  return input_px >= source_px && input_px <= source_px + kMostPaddingPx;
}

}  // namespace

ViewWorld::ViewWorld(const StreamHeader& header, int zoom_px) {
  const LayerSpec& finest = header.layers[FinestLayer(header.layers)];
  input_width_px_ = header.input_width_px > 0 ? header.input_width_px : finest.width_cells * finest.stride_px;
  input_height_px_ = header.input_height_px > 0 ? header.input_height_px : finest.height_cells * finest.stride_px;
  const int longest = std::max(input_width_px_, input_height_px_);
  const int wished = (kWishedInputWidthPx + input_width_px_ / 2) / input_width_px_;
  zoom_ = zoom_px > 0 ? zoom_px : std::max(1, std::min(wished, kMostWidthPx / longest));
}

int ViewWorld::CellEdge(const LayerSpec& layer, int cell) const {
  // The centre of cell 0 is at phase in a count where pixel 0's centre is 0: its edge is at -1/2.
  const double input_px = layer.phase_px16 / 16.0 + 0.5 + (cell - 0.5) * layer.stride_px;
  return int(std::lround(input_px * zoom_));
}

Image ViewWorld::Show(const Image& source, const std::optional<SourceLayout>& layout) const {
  SourceLayout laid = layout.value_or(SourceLayout{});
  if (!layout && !(IsPadded(source.width_px, input_width_px_) && IsPadded(source.height_px, input_height_px_))) {
    laid.scale_x = double(input_width_px_) / source.width_px;
    laid.scale_y = double(input_height_px_) / source.height_px;
  }
  const cv::Size size(std::max(1, int(std::lround(source.width_px * laid.scale_x * zoom_))),
                      std::max(1, int(std::lround(source.height_px * laid.scale_y * zoom_))));
  cv::Mat scaled;
  cv::resize(Wrap(source), scaled, size, 0, 0, size.width < source.width_px ? cv::INTER_AREA : cv::INTER_CUBIC);
  Image shown = FilledImage(width_px(), height_px(), {60, 60, 60});
  cv::Mat to = Wrap(shown);
  const cv::Point corner(int(std::lround(laid.offset_x_px * zoom_)), int(std::lround(laid.offset_y_px * zoom_)));
  const cv::Rect visible = cv::Rect(corner, size) & cv::Rect(0, 0, to.cols, to.rows);
  if (!visible.empty()) scaled(visible - corner).copyTo(to(visible));
  return shown;
}

Image ViewWorld::Show(const FeatureFrame& frame, const std::vector<LayerSpec>& layers) const {
  const size_t index = FinestLayer(layers);
  const Tensor& tensor = frame.layers[index];
  cv::Mat activity(tensor.height_cells(), tensor.width_cells(), CV_32F, cv::Scalar(0));
  for (int c = 0; c < tensor.channels(); ++c) {
    const cv::Mat plane(tensor.height_cells(), tensor.width_cells(), CV_32F,
                        const_cast<float*>(tensor.plane(c).data()));
    cv::Mat mean, deviation;
    cv::meanStdDev(plane, mean, deviation);
    const double scale = 1 / std::max(deviation.at<double>(0), 1e-20);
    cv::Mat distance;
    cv::absdiff(plane, cv::Scalar(mean.at<double>(0)), distance);
    cv::accumulate(cv::min(distance * scale, 4), activity);
  }
  activity *= 110.0 / tensor.channels();
  cv::Mat grey, bgr;
  activity.convertTo(grey, CV_8U);
  cv::cvtColor(grey, bgr, cv::COLOR_GRAY2BGR);
  Image cells{bgr.cols, bgr.rows, std::vector<uint8_t>(bgr.datastart, bgr.dataend)};
  SourceLayout laid;
  laid.scale_x = laid.scale_y = layers[index].stride_px;
  laid.offset_x_px = laid.offset_y_px = layers[index].phase_px16 / 16.0 + 0.5 - 0.5 * layers[index].stride_px;
  return Show(cells, laid);
}

}  // namespace fsc::tools
