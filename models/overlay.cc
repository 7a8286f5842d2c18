#include "models/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

namespace fsc {
namespace {

// Blue, green, red. Told apart on dark and bright ground alike: hues far apart for neighbours, none near black or
// white.
constexpr std::array<std::array<uint8_t, 3>, 16> kPalette = {{{230, 160, 60},
                                                              {60, 80, 220},
                                                              {200, 200, 80},
                                                              {160, 80, 150},
                                                              {180, 110, 240},
                                                              {70, 170, 60},
                                                              {40, 220, 240},
                                                              {60, 140, 190},
                                                              {230, 80, 60},
                                                              {60, 60, 150},
                                                              {30, 140, 250},
                                                              {170, 220, 120},
                                                              {220, 60, 200},
                                                              {130, 130, 60},
                                                              {150, 190, 250},
                                                              {120, 60, 90}}};

const std::array<uint8_t, 3>& ColourOf(int label) {
  return kPalette[size_t(label) % kPalette.size()];
}

cv::Scalar ScalarOf(int label) {
  const std::array<uint8_t, 3>& colour = ColourOf(label);
  return cv::Scalar(colour[0], colour[1], colour[2]);
}

std::string Caption(const TaskSpec& task, int label, float score) {
  std::string name = std::to_string(label);
  if (label >= 0 && size_t(label) < task.labels.size()) {
    name = task.labels[size_t(label)];
  } else {
    name.insert(0, 1, '#');
  }
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), " %.2f", double(score));
  return name + text.data();
}

// Letter height that suits the picture: readable at 240 lines, not huge at 2160.
double FontScale(const cv::Mat& picture) {
  return std::clamp(std::min(picture.cols, picture.rows) / 800.0, 0.35, 1.6);
}

// Text on a filled box whose top left corner is (x, y), moved inside the picture. Returns the box's height.
int DrawCaption(cv::Mat& picture, const std::string& text, int x, int y, const cv::Scalar& colour) {
  const double scale = FontScale(picture);
  const int thickness = scale > 1.0 ? 2 : 1;
  int baseline = 0;
  const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, thickness, &baseline);
  const int height = size.height + baseline + 4;
  x = std::clamp(x, 0, std::max(0, picture.cols - size.width - 4));
  y = std::clamp(y, 0, std::max(0, picture.rows - height));
  cv::rectangle(picture, cv::Rect(x, y, size.width + 4, height), colour, cv::FILLED);
  const double brightness = 0.114 * colour[0] + 0.587 * colour[1] + 0.299 * colour[2];
  const cv::Scalar ink = brightness > 140 ? cv::Scalar(0, 0, 0) : cv::Scalar(255, 255, 255);
  cv::putText(picture, text, cv::Point(x + 2, y + size.height + 2), cv::FONT_HERSHEY_SIMPLEX, scale, ink, thickness,
              cv::LINE_AA);
  return height;
}

void DrawClasses(cv::Mat& picture, const TaskSpec& task, const TaskResult& result) {
  int y = 4;
  for (size_t i = 0; i < result.top_labels.size() && i < result.top_scores.size(); ++i) {
    const int label = result.top_labels[i];
    y += DrawCaption(picture, Caption(task, label, result.top_scores[i]), 4, y, ScalarOf(std::max(label, 0)));
  }
}

void DrawSegments(cv::Mat& picture, const TaskResult& result, const InputGeometry& geometry) {
  for (int y = 0; y < picture.rows; ++y) {
    const int label_y = int(std::floor((y + 0.5) * geometry.scale_y + geometry.offset_y_px));
    if (label_y < 0 || label_y >= result.height_px) continue;
    uint8_t* row = picture.ptr<uint8_t>(y);
    const uint8_t* labels = result.labels.data() + size_t(label_y) * size_t(result.width_px);
    for (int x = 0; x < picture.cols; ++x) {
      const int label_x = int(std::floor((x + 0.5) * geometry.scale_x + geometry.offset_x_px));
      if (label_x < 0 || label_x >= result.width_px) continue;
      const std::array<uint8_t, 3>& colour = ColourOf(labels[label_x]);
      for (size_t c = 0; c < 3; ++c) row[3 * size_t(x) + c] = uint8_t((row[3 * size_t(x) + c] + colour[c] + 1) / 2);
    }
  }
}

void DrawBoxes(cv::Mat& picture, const TaskSpec& task, const TaskResult& result) {
  const int thickness = std::max(1, std::min(picture.cols, picture.rows) / 300);
  // Coordinates are a network's: held to the picture and its surroundings before they become integers.
  const auto pixel = [](float position, int size) {
    return int(std::lround(std::clamp(double(position), -double(size), 2.0 * size)));
  };
  // Worst first, so that the best ends on top.
  for (size_t i = result.detections.size(); i-- > 0;) {
    const Detection& box = result.detections[i];
    const int label = std::max(box.label, 0);
    const cv::Point first(pixel(box.x1_px, picture.cols), pixel(box.y1_px, picture.rows));
    const cv::Point last(pixel(box.x2_px, picture.cols) - 1, pixel(box.y2_px, picture.rows) - 1);
    cv::rectangle(picture, first, last, ScalarOf(label), thickness);
    DrawCaption(picture, Caption(task, label, box.score), first.x, first.y, ScalarOf(label));
  }
}

}  // namespace

Result<Image> DrawOverlay(const Image& source, const TaskSpec& task, const TaskResult& result,
                          const InputGeometry& geometry) {
  if (source.width_px < 1 || source.height_px < 1 ||
      source.bgr.size() != 3 * size_t(source.width_px) * size_t(source.height_px)) {
    return Usage("the picture to draw on is empty or incomplete", "overlay");
  }
  if (geometry.source_width_px != source.width_px || geometry.source_height_px != source.height_px) {
    return Usage("the geometry belongs to a picture of " + std::to_string(geometry.source_width_px) + "x" +
                     std::to_string(geometry.source_height_px) + ", this one has " + std::to_string(source.width_px) +
                     "x" + std::to_string(source.height_px),
                 "overlay", "draw on the picture that the network saw");
  }
  if (result.kind == TaskKind::kSegmentation &&
      result.labels.size() != size_t(std::max(result.width_px, 0)) * size_t(std::max(result.height_px, 0))) {
    return Usage("the label picture is incomplete", "overlay");
  }
  Image drawn = source;
  cv::Mat picture(drawn.height_px, drawn.width_px, CV_8UC3, drawn.bgr.data());
  try {
    switch (result.kind) {
      case TaskKind::kClassification:
        DrawClasses(picture, task, result);
        break;
      case TaskKind::kSegmentation:
        DrawSegments(picture, result, geometry);
        break;
      case TaskKind::kDetection:
        DrawBoxes(picture, task, result);
        break;
      case TaskKind::kNone:
        break;
    }
  } catch (const std::exception& e) {
    return Internal(std::string("OpenCV could not draw: ") + e.what(), "overlay");
  }
  return drawn;
}

}  // namespace fsc
