#include "tools/view_canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "tools/view_mat.h"

namespace fsc::tools {
namespace {

constexpr int kMarginPx = 20;
constexpr int kTitlePx = 34;
constexpr int kHeadingPx = 52;
constexpr int kLegendPx = 236;
constexpr int kLinePx = 24;
constexpr int kBarWidthPx = 22;
constexpr int kBarHeightPx = 240;
constexpr Colour kPaper{30, 27, 25};
constexpr Colour kUnderWheel{70, 70, 70};
constexpr Colour kInk{232, 230, 228};
constexpr Colour kFaintInk{170, 164, 160};

void Text(cv::Mat& page, const std::string& text, int x, int baseline_y, double size, Colour colour) {
  cv::putText(page, text, cv::Point(x, baseline_y), cv::FONT_HERSHEY_SIMPLEX, size, ScalarOf(colour), 1, cv::LINE_AA);
}

Colour Between(Colour a, Colour b, double t) {
  const auto mix = [t](uint8_t from, uint8_t to) { return uint8_t(std::lround(from + (to - from) * t)); };
  return {mix(a.blue, b.blue), mix(a.green, b.green), mix(a.red, b.red)};
}

void DrawScale(cv::Mat& page, const ColourScale& scale, int x, int y) {
  const int steps = int(scale.colours.size());
  for (int row = 0; row < kBarHeightPx; ++row) {
    const double at = 1 - (row + 0.5) / kBarHeightPx;
    const Colour colour = scale.colours[size_t(std::clamp(int(at * steps), 0, steps - 1))];
    cv::line(page, cv::Point(x, y + row), cv::Point(x + kBarWidthPx - 1, y + row), ScalarOf(colour));
  }
  cv::rectangle(page, cv::Rect(x - 1, y - 1, kBarWidthPx + 2, kBarHeightPx + 2), ScalarOf(kFaintInk));
  for (const auto& [at, text] : scale.ticks) {
    const int tick_y = y + int(std::lround((1 - std::clamp(at, 0.0, 1.0)) * (kBarHeightPx - 1)));
    cv::line(page, cv::Point(x + kBarWidthPx, tick_y), cv::Point(x + kBarWidthPx + 6, tick_y), ScalarOf(kFaintInk));
    Text(page, text, x + kBarWidthPx + 12, tick_y + 5, 0.45, kInk);
  }
}

void DrawLegend(cv::Mat& page, const Panel& panel, int x, int y) {
  if (!panel.badge.bgr.empty()) {
    Wrap(panel.badge).copyTo(page(cv::Rect(x, y, panel.badge.width_px, panel.badge.height_px)));
    y += panel.badge.height_px + 14;
  }
  if (!panel.scale.colours.empty()) {
    DrawScale(page, panel.scale, x + 1, y + 6);
    y += kBarHeightPx + 30;
  }
  for (const LegendEntry& entry : panel.entries) {
    if (entry.colour) {
      cv::rectangle(page, cv::Rect(x, y + 3, 16, 16), ScalarOf(*entry.colour), cv::FILLED);
      cv::rectangle(page, cv::Rect(x, y + 3, 16, 16), ScalarOf(kFaintInk));
      Text(page, entry.text, x + 24, y + 16, 0.45, kInk);
    } else {
      Text(page, entry.text, x, y + 16, 0.45, kFaintInk);
    }
    y += kLinePx;
  }
}

int LegendHeight(const Panel& panel) {
  return (panel.badge.bgr.empty() ? 0 : panel.badge.height_px + 14) +
         (panel.scale.colours.empty() ? 0 : kBarHeightPx + 30) + kLinePx * int(panel.entries.size());
}

}  // namespace

Image FilledImage(int width_px, int height_px, Colour colour) {
  Image image{width_px, height_px, std::vector<uint8_t>(size_t(3) * width_px * height_px)};
  Wrap(image).setTo(ScalarOf(colour));
  return image;
}

Colour HeatColour(double value) {
  static constexpr std::array<Colour, 6> kStops = {
      {{40, 16, 12}, {110, 30, 66}, {110, 54, 160}, {66, 88, 222}, {28, 166, 250}, {170, 250, 252}}};
  const double at = std::clamp(value, 0.0, 1.0) * (kStops.size() - 1);
  const size_t stop = std::min(size_t(at), kStops.size() - 2);
  return Between(kStops[stop], kStops[stop + 1], at - double(stop));
}

ColourScale HeatScale() {
  constexpr int kSteps = 120;
  ColourScale scale;
  for (int i = 0; i < kSteps; ++i) scale.colours.push_back(HeatColour((i + 0.5) / kSteps));
  return scale;
}

Colour NamedColour(int index) {
  static constexpr std::array<Colour, 12> kColours = {{{220, 150, 60},
                                                       {150, 190, 40},
                                                       {210, 90, 150},
                                                       {110, 110, 110},
                                                       {60, 200, 240},
                                                       {50, 120, 245},
                                                       {70, 70, 215},
                                                       {120, 210, 130},
                                                       {190, 150, 240},
                                                       {60, 140, 150},
                                                       {240, 220, 110},
                                                       {60, 60, 120}}};
  const Colour colour = kColours[size_t(index) % kColours.size()];
  return index < int(kColours.size()) ? colour : Between(colour, {255, 255, 255}, 0.45);
}

Colour WheelColour(double x, double y) {
  double hue = std::atan2(y, x) * 3 / M_PI;  // -3..3, six sectors
  if (hue < 0) hue += 6;
  const auto channel = [&](double offset) {
    const double k = std::fmod(offset + hue, 6.0);
    return uint8_t(std::lround(255 * (1 - std::clamp(std::min(k, 4 - k), 0.0, 1.0))));
  };
  return {channel(1), channel(3), channel(5)};
}

double WheelOpacity(double length) {
  return 0.1 + 0.5 * std::sqrt(std::clamp(length, 0.0, 1.0));
}

Image ColourWheel(int diameter_px) {
  Image wheel = FilledImage(diameter_px, diameter_px, kPaper);
  constexpr int kSub = 3;  // samples a pixel and direction, so that the rim is smooth
  for (int y = 0; y < diameter_px; ++y) {
    for (int x = 0; x < diameter_px; ++x) {
      double sum[3] = {0, 0, 0};
      for (int i = 0; i < kSub * kSub; ++i) {
        const double u = (x + (i % kSub + 0.5) / kSub) * 2 / diameter_px - 1;
        const double v = (y + (i / kSub + 0.5) / kSub) * 2 / diameter_px - 1;
        const double length = std::hypot(u, v);
        const Colour colour = length <= 1 ? Between(kUnderWheel, WheelColour(u, v), WheelOpacity(length)) : kPaper;
        sum[0] += colour.blue;
        sum[1] += colour.green;
        sum[2] += colour.red;
      }
      for (int c = 0; c < 3; ++c)
        wheel.bgr[3 * (size_t(y) * diameter_px + x) + c] = uint8_t(std::lround(sum[c] / (kSub * kSub)));
    }
  }
  return wheel;
}

Image ComposePage(const std::string& heading, const std::vector<Panel>& panels) {
  const int columns = panels.size() > 1 ? 2 : 1;
  const int rows = (int(panels.size()) + columns - 1) / columns;
  int picture_width = 0;
  std::vector<int> row_heights(size_t(rows), 0);
  for (size_t i = 0; i < panels.size(); ++i) {
    picture_width = std::max(picture_width, panels[i].picture.width_px);
    int& height = row_heights[i / size_t(columns)];
    height = std::max({height, panels[i].picture.height_px, LegendHeight(panels[i])});
  }
  const int column_width = picture_width + kMarginPx + kLegendPx;
  int page_height = kHeadingPx;
  for (const int height : row_heights) page_height += kTitlePx + height + kMarginPx;
  Image image = FilledImage(kMarginPx + columns * column_width, page_height, kPaper);
  cv::Mat page = Wrap(image);
  Text(page, heading, kMarginPx, 33, 0.62, kInk);
  int y = kHeadingPx;
  for (size_t i = 0; i < panels.size(); ++i) {
    const Panel& panel = panels[i];
    const int x = kMarginPx + int(i % size_t(columns)) * column_width;
    Text(page, panel.title, x, y + 20, 0.52, kInk);
    const int top = y + kTitlePx;
    Wrap(panel.picture).copyTo(page(cv::Rect(x, top, panel.picture.width_px, panel.picture.height_px)));
    DrawLegend(page, panel, x + picture_width + kMarginPx, top);
    if (int(i % size_t(columns)) == columns - 1) y = top + row_heights[i / size_t(columns)] + kMarginPx;
  }
  return image;
}

}  // namespace fsc::tools
