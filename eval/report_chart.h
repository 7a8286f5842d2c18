// report_chart.h: a line chart as inline SVG: curves with markers whose values show on hover, tap or keyboard focus.
//
// The chart has a fixed drawing size that suits a phone; wider screens show several side by side. Colours are the
// page's CSS variables
// (--s0 .. --s7), so that the same SVG serves light and dark. Shapes repeat the distinction that colours make.
#ifndef FSC_EVAL_REPORT_CHART_H_
#define FSC_EVAL_REPORT_CHART_H_

#include <string>
#include <vector>

namespace fsc {

inline constexpr int kSeriesStyles = 8;  // colours; beyond them styles repeat with another dash

struct ChartPoint {
  double x = 0;
  double y = 0;
  std::string tip;  // what hovering shows; empty: no marker, only the line
};

struct ChartSeries {
  std::string name;
  int style = 0;  // colour and marker, the same for one configuration on the whole page
  std::vector<ChartPoint> points;
};

struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;
  bool log_x = false;  // points with x <= 0 are left out
  bool log_y = false;
  std::vector<ChartSeries> series;
  // A dashed horizontal line, for instance the uncompressed accuracy. NaN = none.
  double level = 0;
  bool has_level = false;
  std::string level_name;
};

// The <figure> with title, SVG and the line that hovering fills. Points that are not finite are left out.
std::string ChartFigure(const Chart& chart);

// Names with their colour and marker, once for several charts.
std::string ChartLegend(const std::vector<ChartSeries>& series);

// Text made safe for HTML content and attribute values.
std::string HtmlEscaped(const std::string& text);

// Round tick positions covering [low, high], about `wanted` of them. Linear: steps of 1, 2, 2.5 or 5 times a power of
// ten. Log: 1, 2, 5 times powers of ten, or powers alone over a wide span; low > 0.
std::vector<double> LinearTicks(double low, double high, int wanted);
std::vector<double> LogTicks(double low, double high, int wanted);

}  // namespace fsc

#endif  // FSC_EVAL_REPORT_CHART_H_
