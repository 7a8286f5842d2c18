#include "eval/report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "eval/curves.h"
#include "eval/report_chart.h"
#include "eval/report_style.h"
#include "eval/report_tables.h"

namespace fsc {
namespace {

// One colour and marker per configuration, the same on the whole page.
std::map<std::string, int> StylesOf(const std::vector<EvalPoint>& points) {
  std::map<std::string, int> styles;
  for (const EvalPoint& p : points) styles.emplace(p.config, int(styles.size()));
  return styles;
}

std::string Tip(const EvalPoint& p) {
  std::string tip = p.config;
  if (p.qp >= 0) tip += fmt::format(", QP {}", p.qp);
  tip += fmt::format(": {:.4g} bit/el", p.value("bits_per_element"));
  if (p.value("kbit_per_s") > 0) tip += fmt::format(", {:.4g} kbit/s", p.value("kbit_per_s"));
  if (p.has("accuracy")) tip += fmt::format(", {} {:.2f} %", p.accuracy_name, 100 * p.value("accuracy"));
  if (p.has("agreement")) tip += fmt::format(", agreement {:.2f} %", 100 * p.value("agreement"));
  if (p.has("kl_nats")) tip += fmt::format(", KL {:.3g} nat", p.value("kl_nats"));
  if (p.has("snr_db")) tip += fmt::format(", SNR {:.2f} dB", p.value("snr_db"));
  return tip;
}

// A single point far to the right (raw) would squeeze the curves: it stays in the tables.
bool IsCharted(const Curve& curve, const CurveGroup& group) {
  const auto longer = [](const Curve& c) { return c.points.size() > 1; };
  return longer(curve) || std::none_of(group.curves.begin(), group.curves.end(), longer);
}

std::vector<ChartSeries> SeriesOf(const CurveGroup& group, const std::string& key, double scale,
                                  const std::map<std::string, int>& styles) {
  std::vector<ChartSeries> all;
  for (const Curve& curve : group.curves) {
    if (!IsCharted(curve, group)) continue;
    ChartSeries series{curve.config, styles.at(curve.config), {}};
    for (const EvalPoint* p : curve.points) {
      if (p->has(key)) series.points.push_back({p->value("bits_per_element"), scale * p->value(key), Tip(*p)});
    }
    all.push_back(std::move(series));
  }
  return all;
}

std::string RateCharts(const CurveGroup& group, const std::map<std::string, int>& styles) {
  std::string accuracy_name;
  double uncompressed = NAN;
  for (const Curve& curve : group.curves) {
    for (const EvalPoint* p : curve.points) {
      if (!p->accuracy_name.empty()) accuracy_name = p->accuracy_name;
      if (p->has("accuracy_uncompressed")) uncompressed = 100 * p->value("accuracy_uncompressed");
    }
  }
  std::string out = ChartLegend(SeriesOf(group, "bits_per_element", 1, styles)) + "<div class=\"grid-of-charts\">";
  const char* rate = "rate (bit per element)";
  Chart accuracy{accuracy_name + " against rate",         rate, accuracy_name + " (%)", true, false,
                 SeriesOf(group, "accuracy", 100, styles)};
  accuracy.has_level = std::isfinite(uncompressed);
  accuracy.level = uncompressed;
  accuracy.level_name = "uncompressed";
  out += ChartFigure(accuracy);
  out += ChartFigure({"Agreement with the uncompressed run", rate, "agreement (%)", true, false,
                      SeriesOf(group, "agreement", 100, styles)});
  out += ChartFigure({"KL divergence of the class probabilities", rate, "KL (nat)", true, true,
                      SeriesOf(group, "kl_nats", 1, styles)});
  out += ChartFigure({"Task SNR", rate, "task SNR (dB)", true, false, SeriesOf(group, "task_snr_db", 1, styles)});
  out += ChartFigure({"Feature SNR", rate, "SNR (dB)", true, false, SeriesOf(group, "snr_db", 1, styles)});
  return out + "</div>\n";
}

// The point in the middle of a curve stands for it in charts over time.
const EvalPoint* Middle(const Curve& curve) {
  return curve.points[curve.points.size() / 2];
}

ChartSeries OverTime(const Curve& curve, const std::vector<double>& values, double scale, const char* unit, int style) {
  ChartSeries series{curve.config, style, {}};
  const EvalPoint* p = Middle(curve);
  for (size_t t = 0; t < values.size(); ++t) {
    series.points.push_back(
        {double(t), scale * values[t],
         fmt::format("{}, QP {}, frame {}: {:.4g} {}", curve.config, p->qp, t, scale * values[t], unit)});
  }
  return series;
}

std::string TimeCharts(const CurveGroup& group, const std::map<std::string, int>& styles) {
  Chart bits{"Bits per frame (middle QP of each curve)", "frame", "kbit", false, true, {}};
  Chart error{"Feature error over time (middle QP)", "frame", "NRMSE", false, false, {}};
  Chart divergence{"Task KL over time (middle QP)", "frame", "KL (nat)", false, true, {}};
  for (const Curve& curve : group.curves) {
    if (!IsCharted(curve, group)) continue;
    const int style = styles.at(curve.config);
    bits.series.push_back(OverTime(curve, Middle(curve)->frame_bits, 1e-3, "kbit", style));
    error.series.push_back(OverTime(curve, Middle(curve)->frame_nrmse, 1, "", style));
    divergence.series.push_back(OverTime(curve, Middle(curve)->frame_kl_nats, 1, "nat", style));
  }
  const std::string charts = ChartFigure(bits) + ChartFigure(error) + ChartFigure(divergence);
  return charts.empty() ? std::string()
                        : "<div class=\"grid-of-charts\" style=\"margin-top:.8rem\">" + charts + "</div>\n";
}

std::string Pictures(const Report& report, const CurveGroup& group) {
  std::string out;
  for (const ReportFigure& figure : report.figures) {
    if (figure.model != group.model || figure.clip != group.clip) continue;
    out +=
        fmt::format("<figure><img alt=\"{0}\" src=\"data:image/png;base64,{1}\"><figcaption>{0}</figcaption></figure>",
                    HtmlEscaped(figure.caption), Base64(figure.png));
  }
  return out.empty() ? out : "<h3>Example frames</h3><div class=\"pictures\">" + out + "</div>\n";
}

std::string Overview(const Report& report) {
  std::set<std::string> models, clips, configs;
  int failed = 0;
  for (const EvalPoint& p : report.points) {
    models.insert(p.model);
    clips.insert(p.clip);
    configs.insert(p.config);
    failed += !p.error.empty();
  }
  const auto tile = [](size_t count, const char* one, const char* many) {
    return fmt::format("<li><b>{}</b>{}</li>", count, count == 1 ? one : many);
  };
  return "<ul class=\"tiles\">" + tile(models.size(), "network", "networks") + tile(clips.size(), "clip", "clips") +
         tile(configs.size(), "configuration", "configurations") + tile(report.points.size(), "point", "points") +
         (failed > 0 ? fmt::format("<li><b class=\"bad\">{}</b>failed</li>", failed) : std::string()) + "</ul>\n";
}

std::string Provenance(const Report& report) {
  std::string out = "<h2 id=\"provenance\">Commands and versions</h2>\n<pre>" + HtmlEscaped(report.command) +
                    "</pre>\n<div class=\"scroll\"><table>";
  for (const auto& [name, version] : report.versions) {
    out +=
        fmt::format("<tr><td class=\"l\">{}</td><td class=\"l\">{}</td></tr>", HtmlEscaped(name), HtmlEscaped(version));
  }
  out += "</table></div>\n<details><summary>The command of every point</summary><pre>";
  for (const EvalPoint& p : report.points) {
    if (!p.command.empty()) out += HtmlEscaped(p.command) + "\n";
  }
  return out + "</pre></details>\n";
}

}  // namespace

std::string Base64(const std::vector<uint8_t>& bytes) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = bytes.size() - i;
    const uint32_t triple =
        uint32_t(bytes[i]) << 16 | (left > 1 ? uint32_t(bytes[i + 1]) << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    out += digits[triple >> 18];
    out += digits[triple >> 12 & 63];
    out += left > 1 ? digits[triple >> 6 & 63] : '=';
    out += left > 2 ? digits[triple & 63] : '=';
  }
  return out;
}

std::string ReportHtml(const Report& report) {
  const std::map<std::string, int> styles = StylesOf(report.points);
  const std::vector<CurveGroup> groups = GroupCurves(report.points);
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">"
      "<title>{0}</title><style>{1}</style></head><body>\n<h1>{0}</h1>\n<p class=\"soft\">Rate against task accuracy. "
      "Rates count every byte of a file. "
      "Hover over, tap or focus a marker for its values.</p>\n",
      HtmlEscaped(report.title), kReportCss);
  out += Overview(report);
  out += "<nav><a href=\"#bd\">BD-rates</a>";
  for (size_t i = 0; i < groups.size(); ++i)
    out += fmt::format("<a href=\"#g{}\">{} / {}</a>", i, HtmlEscaped(groups[i].model), HtmlEscaped(groups[i].clip));
  out += "<a href=\"#provenance\">commands and versions</a></nav>\n";
  out += FailuresHtml(report.points) + NotesHtml(report.notes);
  out += BdTablesHtml(groups, report.anchor, report.fit);
  for (size_t i = 0; i < groups.size(); ++i) {
    out += fmt::format("<h2 id=\"g{}\">{} <small class=\"soft\">on {}</small></h2>\n", i, HtmlEscaped(groups[i].model),
                       HtmlEscaped(groups[i].clip));
    out += RateCharts(groups[i], styles) + TimeCharts(groups[i], styles) + StageTimesHtml(groups[i]) +
           Pictures(report, groups[i]) + PointsHtml(groups[i]);
  }
  out += Provenance(report);
  return out + fmt::format("<script>{}</script></body></html>\n", kReportScript);
}

}  // namespace fsc
