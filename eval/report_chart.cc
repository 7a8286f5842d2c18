#include "eval/report_chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace fsc {
namespace {

constexpr double kWidth = 380, kHeight = 264;
constexpr double kLeft = 54, kRight = 12, kTop = 10, kBottom = 40;

// One axis: value -> position in the drawing.
struct Axis {
  bool log = false;
  double low = 0, high = 1;  // in the axis' own scale: logarithm taken where log
  double from_px = 0, to_px = 1;
  std::vector<double> ticks;

  double Scaled(double value) const { return log ? std::log10(value) : value; }
  double At(double value) const { return from_px + (to_px - from_px) * (Scaled(value) - low) / (high - low); }
};

bool Drawable(const ChartPoint& p, const Chart& chart) {
  return std::isfinite(p.x) && std::isfinite(p.y) && (!chart.log_x || p.x > 0) && (!chart.log_y || p.y > 0);
}

Axis MakeAxis(std::vector<double> values, bool log, double from_px, double to_px, int wanted) {
  Axis axis{.log = log, .from_px = from_px, .to_px = to_px};
  if (values.empty()) values = {1};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  axis.low = axis.Scaled(*low);
  axis.high = axis.Scaled(*high);
  double span = axis.high - axis.low;
  if (span <= 0) span = log ? 0.3 : std::max(std::abs(axis.high), 1.0) * 0.1;
  axis.low -= 0.06 * span;
  axis.high += 0.06 * span;
  if (!log && *low >= 0) axis.low = std::max(axis.low, 0.0);
  axis.ticks = log ? LogTicks(std::pow(10, axis.low), std::pow(10, axis.high), wanted)
                   : LinearTicks(axis.low, axis.high, wanted);
  return axis;
}

std::string TickText(double value) {
  if (value == 0) return "0";
  if (std::abs(value) >= 1e5 || std::abs(value) < 1e-3) {
    const int power = int(std::floor(std::log10(std::abs(value)) + 1e-9));
    return fmt::format("{:.2g}e{}", value / std::pow(10, power), power);
  }
  return fmt::format("{:.5g}", value);
}

// The marker of a style, centred on (x, y).
std::string Marker(int style, double x, double y) {
  constexpr double r = 3.6;
  switch (style % 4) {
    case 0:
      return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>", x, y, r);
    case 1:
      return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", x - r, y - r, 2 * r,
                         2 * r);
    case 2:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l{:.1f} {:.1f}h{:.1f}z\"/>", x, y - 1.3 * r, 1.2 * r, 2.1 * r,
                         -2.4 * r);
    default:
      return fmt::format("<path d=\"M{:.1f} {:.1f}l{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}z\"/>", x, y - 1.4 * r,
                         1.4 * r, 1.4 * r, -1.4 * r, 1.4 * r, -1.4 * r, -1.4 * r);
  }
}

std::string StyleClass(int style) {
  return fmt::format("s{}{}", style % kSeriesStyles, style >= kSeriesStyles ? " dash" : "");
}

std::string AxesSvg(const Chart& chart, const Axis& x, const Axis& y) {
  std::string out;
  for (const double tick : x.ticks) {
    out += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/><text x=\"{0:.1f}\" y=\"{3}\" "
        "text-anchor=\"middle\">{4}</text>",
        x.At(tick), kTop, kHeight - kBottom, kHeight - kBottom + 14, TickText(tick));
  }
  for (const double tick : y.ticks) {
    out += fmt::format(
        "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text x=\"{3}\" y=\"{4:.1f}\" "
        "text-anchor=\"end\">{5}</text>",
        kLeft, kWidth - kRight, y.At(tick), kLeft - 6, y.At(tick) + 3.5, TickText(tick));
  }
  out += fmt::format("<path class=\"axis\" d=\"M{} {}V{}H{}\"/>", kLeft, kTop, kHeight - kBottom, kWidth - kRight);
  out += fmt::format("<text class=\"label\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                     (kLeft + kWidth - kRight) / 2, kHeight - 6, HtmlEscaped(chart.x_label));
  out +=
      fmt::format("<text class=\"label\" transform=\"translate(11 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
                  (kTop + kHeight - kBottom) / 2, HtmlEscaped(chart.y_label));
  return out;
}

std::string SeriesSvg(const Chart& chart, const ChartSeries& series, const Axis& x, const Axis& y) {
  std::string line, markers;
  for (const ChartPoint& p : series.points) {
    if (!Drawable(p, chart)) continue;
    line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", x.At(p.x), y.At(p.y));
    if (p.tip.empty()) continue;
    markers += fmt::format(
        "<g class=\"pt\" tabindex=\"0\" data-tip=\"{0}\"><title>{0}</title><circle class=\"hit\" cx=\"{1:.1f}\" "
        "cy=\"{2:.1f}\" r=\"11\"/>{3}</g>",
        HtmlEscaped(p.tip), x.At(p.x), y.At(p.y), Marker(series.style, x.At(p.x), y.At(p.y)));
  }
  if (line.empty()) return {};
  const bool dense = series.points.size() > 16;  // markers show on hover alone
  return fmt::format("<g class=\"{}{}\"><path class=\"line\" d=\"{}\"/>{}</g>", StyleClass(series.style),
                     dense ? " dense" : "", line, markers);
}

}  // namespace

std::string HtmlEscaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::vector<double> LinearTicks(double low, double high, int wanted) {
  const double rough = (high - low) / std::max(1, wanted);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double multiple : {1.0, 2.0, 2.5, 5.0}) {
    if (multiple * power >= rough) {
      step = multiple * power;
      break;
    }
  }
  std::vector<double> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) ticks.push_back(k * step);
  return ticks;
}

std::vector<double> LogTicks(double low, double high, int wanted) {
  std::vector<double> ticks;
  for (const std::vector<double>& multiples : {std::vector<double>{1, 2, 3, 5}, std::vector<double>{1, 2, 5},
                                               std::vector<double>{1, 3}, std::vector<double>{1}}) {
    ticks.clear();
    for (int power = int(std::floor(std::log10(low))); power <= int(std::ceil(std::log10(high))); ++power) {
      for (const double multiple : multiples) {
        const double tick = multiple * std::pow(10, power);
        if (tick >= low && tick <= high) ticks.push_back(tick);
      }
    }
    if (int(ticks.size()) <= wanted + 1) break;
  }
  if (ticks.size() >= 2) return ticks;
  ticks = LinearTicks(low, high, std::max(2, wanted - 2));  // a span of less than one step of 1, 2, 5
  std::erase_if(ticks, [](double tick) { return tick <= 0; });
  return ticks;
}

std::string ChartFigure(const Chart& chart) {
  std::vector<double> xs, ys;
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& p : series.points) {
      if (!Drawable(p, chart)) continue;
      xs.push_back(p.x);
      ys.push_back(p.y);
    }
  }
  if (xs.empty()) return {};
  const bool level = chart.has_level && std::isfinite(chart.level) && (!chart.log_y || chart.level > 0);
  if (level) ys.push_back(chart.level);
  const Axis x = MakeAxis(xs, chart.log_x, kLeft, kWidth - kRight, 6);
  const Axis y = MakeAxis(ys, chart.log_y, kHeight - kBottom, kTop, 6);
  std::string out = fmt::format(
      "<figure class=\"chart\"><figcaption>{0}</figcaption><svg viewBox=\"0 0 {1} {2}\" role=\"img\" "
      "aria-label=\"{0}\">",
      HtmlEscaped(chart.title), kWidth, kHeight);
  out += AxesSvg(chart, x, y);
  if (level) {
    out += fmt::format(
        "<line class=\"level\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text x=\"{3}\" "
        "y=\"{4:.1f}\">{5}</text>",
        kLeft, kWidth - kRight, y.At(chart.level), kLeft + 5, y.At(chart.level) + 12, HtmlEscaped(chart.level_name));
  }
  for (const ChartSeries& series : chart.series) out += SeriesSvg(chart, series, x, y);
  return out + "</svg><output class=\"readout\">&nbsp;</output></figure>\n";
}

std::string ChartLegend(const std::vector<ChartSeries>& series) {
  std::string out = "<ul class=\"legend\">";
  for (const ChartSeries& s : series) {
    out += fmt::format(
        "<li><svg viewBox=\"0 0 26 12\" class=\"key {}\"><path class=\"line\" d=\"M1 6H25\"/>{}</svg>{}</li>",
        StyleClass(s.style), Marker(s.style, 13, 6), HtmlEscaped(s.name));
  }
  return out + "</ul>\n";
}

}  // namespace fsc
