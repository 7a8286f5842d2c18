#include "learn/calibration_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "eval/report.h"
#include "eval/report_chart.h"
#include "eval/report_style.h"
#include "streams/picture_file.h"

namespace fsc {
namespace {

constexpr int kWithProfile = 0;  // styles, the same on the whole page
constexpr int kWithout = 1;
constexpr int kSmoothSteps = 20;  // of training, to a marker
constexpr int kPictureSide = 640;

// Shares of the whole in percent, added up from the largest.
ChartSeries Cumulative(const std::string& name, int style, const std::vector<double>& falling) {
  ChartSeries series{name, style, {}};
  const double total = std::accumulate(falling.begin(), falling.end(), 0.0);
  double sum = 0;
  for (size_t i = 0; i < falling.size() && total > 0; ++i) {
    sum += falling[i];
    series.points.push_back({double(i + 1), 100 * sum / total,
                             fmt::format("{}: the first {} hold {:.2f} %", name, i + 1, 100 * sum / total)});
  }
  return series;
}

std::string EnergyCharts(const CalibrationOutcome& out) {
  std::string html = ChartFigure({"Energy of the largest channels",
                                  "channels or planes",
                                  "share of the energy (%)",
                                  false,
                                  false,
                                  {Cumulative("channels as they come", kWithout, out.channel_variance),
                                   Cumulative("planes of the profile", kWithProfile, out.plane_variance)}});
  ChartSeries planes{"planes", kWithProfile, {}};
  for (size_t k = 0; k < out.plane_variance.size(); ++k) {
    const double deviation = std::sqrt(std::max(0.0, out.plane_variance[k]));
    planes.points.push_back({double(k + 1), deviation, fmt::format("plane {}: {:.3g} units", k + 1, deviation)});
  }
  html += ChartFigure({"Deviation of each plane, largest first", "plane", "plane units", false, true, {planes}});
  if (out.sensitivity.empty()) return html;
  ChartSeries spectrum{"G", 2, {}};
  const double least = out.sensitivity.front() * 1e-9;
  for (size_t i = 0; i < out.sensitivity.size(); ++i) {
    if (out.sensitivity[i] <= least) break;
    spectrum.points.push_back({double(i + 1), out.sensitivity[i],
                               fmt::format("eigenvalue {}: {:.3g} times the mean", i + 1, out.sensitivity[i])});
  }
  return html +
         ChartFigure(
             {"What the back listens to: eigenvalues of G", "direction", "times the mean", false, true, {spectrum}});
}

ChartSeries HeldBack(const std::string& name, const std::vector<TrainingPoint>& curve, double TrainingLoss::*part) {
  ChartSeries series{name, kWithProfile, {}};
  for (const TrainingPoint& p : curve) {
    if (!p.looked) continue;
    series.points.push_back(
        {double(p.step + 1), p.held_back.*part, fmt::format("step {}: {:.4g}", p.step + 1, p.held_back.*part)});
  }
  return series;
}

ChartSeries Smoothed(const std::string& name, const std::vector<TrainingPoint>& curve, double TrainingLoss::*part) {
  ChartSeries series{name, kWithout, {}};
  for (size_t first = 0; first < curve.size(); first += kSmoothSteps) {
    const size_t end = std::min(curve.size(), first + kSmoothSteps);
    double mean = 0;
    for (size_t i = first; i < end; ++i) mean += curve[i].loss.*part / double(end - first);
    series.points.push_back({double(end), mean, {}});
  }
  return series;
}

std::string TrainingCharts(const std::vector<TrainingPoint>& curve, const std::string& title) {
  if (curve.empty()) return {};
  struct Part {
    const char* name;
    double TrainingLoss::*value;
  };
  const Part parts[] = {{"loss", &TrainingLoss::total},
                        {"task divergence (nat)", &TrainingLoss::divergence},
                        {"feature error", &TrainingLoss::feature},
                        {"rate model (bit/el)", &TrainingLoss::rate}};
  std::string html = "<h2>" + title + "</h2>\n";
  const ChartSeries names[] = {Smoothed("frames to learn from, mean of 20 steps", curve, parts[0].value),
                               HeldBack("held-back frames", curve, parts[0].value)};
  html += ChartLegend({names[0], names[1]}) + "<div class=\"grid-of-charts\">";
  for (const Part& part : parts) {
    const ChartSeries learned = Smoothed(names[0].name, curve, part.value);
    const ChartSeries judged = HeldBack(names[1].name, curve, part.value);
    const bool zero = std::all_of(judged.points.begin(), judged.points.end(), [](const auto& p) { return p.y == 0; });
    if (!zero) html += ChartFigure({part.name, "step", part.name, false, true, {learned, judged}});
  }
  return html + "</div>\n";
}

ChartSeries RateSeries(const std::string& name, int style, const std::vector<JudgedPoint>& points,
                       double (*value)(const JudgedPoint&)) {
  ChartSeries series{name, style, {}};
  for (const JudgedPoint& p : points) {
    series.points.push_back({p.bits_per_element, value(p),
                             fmt::format("{}, QP {}: {:.4g} bit/el, agreement {:.2f} %, KL {:.3g} nat", name, p.qp,
                                         p.bits_per_element, 100 * p.distortion.agreement, p.distortion.kl_nats)});
  }
  std::sort(series.points.begin(), series.points.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  return series;
}

std::string RateCharts(const std::vector<JudgedPoint>& with, const std::vector<JudgedPoint>& without) {
  const auto chart = [&](const char* title, const char* label, bool log_y, double (*value)(const JudgedPoint&)) {
    return ChartFigure(
        {title,
         "rate (bit per element)",
         label,
         true,
         log_y,
         {RateSeries("with the profile", kWithProfile, with, value), RateSeries("without", kWithout, without, value)}});
  };
  return ChartLegend({{"with the profile", kWithProfile, {}}, {"without", kWithout, {}}}) +
         "<div class=\"grid-of-charts\">" +
         chart("Agreement with the uncompressed result", "agreement (%)", false,
               [](const JudgedPoint& p) { return 100 * p.distortion.agreement; }) +
         chart("Divergence of the task's output", "KL (nat)", true,
               [](const JudgedPoint& p) { return p.distortion.kl_nats; }) +
         chart("Task SNR", "task SNR (dB)", false, [](const JudgedPoint& p) { return p.distortion.task_snr_db; }) +
         "</div>\n";
}

std::string PointTable(const std::vector<JudgedPoint>& with, const std::vector<JudgedPoint>& without) {
  std::string html =
      "<div class=\"scroll\"><table><tr><th class=\"l\">frames coded</th><th>QP</th><th>bit/el</th><th>agreement "
      "%</th><th>KL nat</th><th>task SNR dB</th></tr>";
  const auto rows = [&](const char* name, const std::vector<JudgedPoint>& points) {
    for (const JudgedPoint& p : points) {
      html += fmt::format(
          "<tr><td class=\"l\">{}</td><td>{}</td><td>{:.4f}</td><td>{:.2f}</td><td>{:.4g}</td><td>{:.2f}</td></tr>",
          name, p.qp, p.bits_per_element, 100 * p.distortion.agreement, p.distortion.kl_nats, p.distortion.task_snr_db);
    }
  };
  rows("with the profile", with);
  rows("without", without);
  return html + "</table></div>\n";
}

// Rate against what the task loses, of each back.
std::string Expectations(const CalibrationOutcome& out) {
  if (out.curve.empty()) return {};
  std::string html =
      "<h2>What to expect</h2>\n<p>The held-back frames, coded with the profile and without. The profile's own bytes "
      "are not counted.</p>\n";
  if (out.judged.size() > 1) {
    html += "<p>One profile for several backs; the drop curve of the profile takes the one that agrees least.</p>\n";
  }
  for (size_t back = 0; back < out.judged.size(); ++back) {
    if (out.judged.size() > 1) {
      html += fmt::format("<h3>{}</h3>\n<p>Agreement before coding {:.2f} %.</p>\n", HtmlEscaped(out.judged[back]),
                          100 * out.uncoded[back].agreement);
    }
    const auto with = OfBack(out.curve, back), without = OfBack(out.plain, back);
    html += RateCharts(with, without) + PointTable(with, without);
  }
  return html;
}

std::string TriedTable(const std::vector<TriedForm>& tried, const std::string& title, const std::string& name) {
  if (tried.size() < 2) return {};
  std::string html = fmt::format(
      "<h2>{}</h2>\n<p>Change of rate at equal divergence against the first, on held-back frames.</p>\n<div "
      "class=\"scroll\"><table><tr><th class=\"l\">{}</th><th>rate</th></tr>",
      title, name);
  for (const TriedForm& form : tried) {
    html += fmt::format("<tr><td class=\"l\">{}</td><td>{}</td></tr>", HtmlEscaped(form.name),
                        std::isfinite(form.rate_change_percent) ? fmt::format("{:+.1f} %", form.rate_change_percent)
                                                                : std::string("no common range"));
  }
  return html + "</table></div>\n";
}

std::string Picture(const cv::Mat& picture, const std::string& caption) {
  if (picture.empty()) return {};
  Image image{picture.cols, picture.rows, {}};
  cv::Mat bgr = picture;
  if (picture.channels() == 1) cv::cvtColor(picture, bgr, cv::COLOR_GRAY2BGR);
  image.bgr.assign(bgr.datastart, bgr.dataend);
  const auto png = EncodePng(image);
  if (!png.ok()) return {};
  return fmt::format("<figure><img alt=\"{0}\" src=\"data:image/png;base64,{1}\"><figcaption>{0}</figcaption></figure>",
                     HtmlEscaped(caption), Base64(*png));
}

cv::Mat Enlarged(const cv::Mat& picture) {
  const int times = std::max(1, kPictureSide / std::max(picture.cols, 1));
  cv::Mat large;
  cv::resize(picture, large, cv::Size(), times, times, cv::INTER_NEAREST);
  return large;
}

// One row a plane, one column a channel: blue below zero, red above, white at zero; each row by its largest weight.
cv::Mat WeightPicture(const Convolution& reducer) {
  const int taps = reducer.kernel * reducer.kernel;
  cv::Mat picture(reducer.outputs, reducer.inputs, CV_8UC3);
  for (int k = 0; k < reducer.outputs; ++k) {
    const float* row = reducer.weights.data() + size_t(k) * size_t(reducer.inputs) * size_t(taps);
    float largest = 1e-30f;
    for (int c = 0; c < reducer.inputs; ++c) largest = std::max(largest, std::fabs(row[c * taps + taps / 2]));
    for (int c = 0; c < reducer.inputs; ++c) {
      const float w = row[c * taps + taps / 2] / largest;
      const auto fade = uint8_t(std::lround(255 * (1 - std::fabs(w))));
      picture.at<cv::Vec3b>(k, c) = w < 0 ? cv::Vec3b(255, fade, fade) : cv::Vec3b(fade, fade, 255);
    }
  }
  return Enlarged(picture);
}

// The planes of one frame as tiles, each from its smallest to its largest value.
cv::Mat PlanePicture(const Tensor& planes) {
  if (planes.size() == 0) return {};
  const int columns = int(std::ceil(std::sqrt(double(planes.channels()))));
  const int rows = (planes.channels() + columns - 1) / columns;
  const int height = planes.height_cells(), width = planes.width_cells();
  cv::Mat picture(rows * (height + 1), columns * (width + 1), CV_8U, cv::Scalar(0));
  for (int k = 0; k < planes.channels(); ++k) {
    const cv::Mat plane(height, width, CV_32F, const_cast<float*>(planes.plane(k).data()));
    cv::Mat scaled;
    cv::normalize(plane, scaled, 0, 255, cv::NORM_MINMAX, CV_8U);
    scaled.copyTo(picture(cv::Rect(k % columns * (width + 1), k / columns * (height + 1), width, height)));
  }
  return picture;
}

std::string Tiles(const CalibrationOutcome& out) {
  const auto tile = [](const std::string& value, const std::string& name) {
    return "<li><b>" + value + "</b>" + name + "</li>";
  };
  const ReducedPart& part = out.profile.parts[0];
  std::string html = "<ul class=\"tiles\">" + tile(out.profile.kind, "kind") +
                     tile(fmt::format("{} &rarr; {}", part.reducer.inputs(), part.reducer.outputs()), "planes") +
                     tile(std::to_string(out.training_frames), "frames to learn from") +
                     tile(std::to_string(out.held_back_frames), "frames held back") +
                     tile(fmt::format("{:.0f} KiB", double(out.file.size()) / 1024), "profile");
  if (!out.curve.empty()) {
    html += tile(fmt::format("{:.2f} %", 100 * WorstOf(out.uncoded).agreement), "agreement, not coded");
  }
  const double change = RateChangePercent(out.plain, out.curve);
  if (std::isfinite(change)) html += tile(fmt::format("{:+.0f} %", change), "rate at equal KL");
  return html + "</ul>\n";
}

}  // namespace

std::string CalibrationReportHtml(const CalibrationOutcome& out, const std::string& title, const std::string& command) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>{0}</title><style>{1}</style></head><body>\n"
      "<h1>{0}</h1>\n<p class=\"soft\">Hover over, tap or focus a marker for its values.</p>\n",
      HtmlEscaped(title), kReportCss);
  html += Tiles(out) + Expectations(out) + TriedTable(out.tried, "Transforms that were compared", "task weight") +
          TriedTable(out.tried_maps, "Weighing errors by where they matter", "exponent of the task map's weights");
  html += "<h2>Channels and planes</h2>\n" +
          ChartLegend({{"channels as they come", kWithout, {}}, {"planes of the profile", kWithProfile, {}}}) +
          "<div class=\"grid-of-charts\">" + EnergyCharts(out) + "</div>\n";
  html += TrainingCharts(out.training, "Training") +
          TrainingCharts(out.refinement, "Refining the restorer on planes that were coded");
  html += "<h2>Pictures</h2>\n<div class=\"pictures\">" +
          Picture(WeightPicture(out.profile.parts[0].reducer.main[0]),
                  "weights of the reducer: one row a plane, one column a channel; red above zero, blue below") +
          Picture(PlanePicture(out.example_planes), "planes of a held-back frame") + "</div>\n";
  html += "<h2>Command</h2>\n<pre>" + HtmlEscaped(command) + "</pre>\n";
  return html + fmt::format("<script>{}</script></body></html>\n", kReportScript);
}

}  // namespace fsc
