#include "eval/report_tables.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "eval/report_chart.h"

namespace fsc {
namespace {

struct Stage {
  const char* key;
  const char* name;
};
constexpr std::array<Stage, 6> kStages = {{{"front_ms", "front"},
                                           {"transform_ms", "transform"},
                                           {"encode_ms", "encode"},
                                           {"decode_ms", "decode"},
                                           {"restore_ms", "restore"},
                                           {"back_ms", "back"}}};

std::string HtmlCell(double value, int digits, double scale = 1) {
  if (std::isnan(value)) return "<td>–</td>";
  if (std::isinf(value)) return "<td>∞</td>";
  return fmt::format("<td>{:.{}f}</td>", value * scale, digits);
}

// Mean over the curve's points that have the key; NaN when none has.
double MeanOf(const Curve& curve, const char* key) {
  double sum = 0;
  int count = 0;
  for (const EvalPoint* p : curve.points) {
    if (!p->has(key)) continue;
    sum += p->value(key);
    ++count;
  }
  return count == 0 ? NAN : sum / count;
}

std::string BdCellHtml(const BdCell* cell, std::vector<std::string>* notes) {
  if (cell == nullptr) return "<td></td>";
  std::string text = "–";
  if (cell->bd_rate_percent) {
    // A number with a warning is not dressed up as good or bad.
    const char* tone = !cell->warnings.empty() ? "soft" : *cell->bd_rate_percent < 0 ? "good" : "bad";
    text = fmt::format("<span class=\"{}\">{:+.1f} %</span>", tone, *cell->bd_rate_percent);
  }
  if (!cell->warnings.empty() || !cell->notes.empty()) {
    // One note for all cells that it is true of.
    std::string note;
    for (const auto& list : {cell->warnings, cell->notes}) {
      for (const std::string& text_of : list) note += (note.empty() ? "" : "; ") + text_of;
    }
    auto same = std::find(notes->begin(), notes->end(), note);
    if (same == notes->end()) same = notes->insert(notes->end(), note);
    text += fmt::format("<sup class=\"warn\">{}</sup>", same - notes->begin() + 1);
  }
  return fmt::format("<td>{}</td>", text);
}

std::string BdTable(const std::vector<CurveGroup>& groups, const std::vector<BdCell>& cells, const std::string& metric,
                    const std::string& title) {
  std::vector<std::string> configs;
  for (const BdCell& cell : cells) {
    if (cell.metric == metric && std::find(configs.begin(), configs.end(), cell.config) == configs.end())
      configs.push_back(cell.config);
  }
  if (configs.empty()) return {};
  std::string out =
      fmt::format("<h3>{}</h3><div class=\"scroll\"><table><tr><th class=\"l\">network, clip</th>", title);
  for (const std::string& config : configs) out += fmt::format("<th>{}</th>", HtmlEscaped(config));
  out += "</tr>\n";
  std::vector<std::string> notes;
  for (const CurveGroup& group : groups) {
    out +=
        fmt::format("<tr><td class=\"l\">{}<small>{}</small></td>", HtmlEscaped(group.model), HtmlEscaped(group.clip));
    for (const std::string& config : configs) {
      const BdCell* found = nullptr;
      for (const BdCell& cell : cells) {
        if (cell.metric == metric && cell.config == config && cell.model == group.model && cell.clip == group.clip)
          found = &cell;
      }
      out += BdCellHtml(found, &notes);
    }
    out += "</tr>\n";
  }
  out += "<tr class=\"mean\"><td class=\"l\">mean<small>of sound pairs</small></td>";
  for (const std::string& config : configs) {
    const BdMean mean = MeanOver(cells, config, metric);
    out += mean.bd_rate_percent ? fmt::format("<td>{:+.1f} % <span class=\"soft\">({}/{})</span></td>",
                                              *mean.bd_rate_percent, mean.used, mean.wanted)
                                : fmt::format("<td>– <span class=\"soft\">(0/{})</span></td>", mean.wanted);
  }
  out += "</tr></table></div>\n";
  if (!notes.empty()) {
    out += "<ol class=\"notes\">";
    for (const std::string& note : notes) out += fmt::format("<li>{}</li>", HtmlEscaped(note));
    out += "</ol>\n";
  }
  return out;
}

}  // namespace

std::string FailuresHtml(const std::vector<EvalPoint>& points) {
  std::string items;
  for (const EvalPoint& p : points) {
    if (p.error.empty()) continue;
    items +=
        fmt::format("<li>{}, {}, {}{}: <span class=\"bad\">{}</span></li>\n", HtmlEscaped(p.model), HtmlEscaped(p.clip),
                    HtmlEscaped(p.config), p.qp < 0 ? "" : fmt::format(", QP {}", p.qp), HtmlEscaped(p.error));
  }
  return items.empty() ? items : "<h2>Failed points</h2><ul class=\"failed\">" + items + "</ul>\n";
}

std::string NotesHtml(const std::vector<std::string>& notes) {
  std::string items;
  for (const std::string& note : notes) items += fmt::format("<li>{}</li>\n", HtmlEscaped(note));
  return items.empty() ? items : "<h2>Warnings about the clips</h2><ul>" + items + "</ul>\n";
}

std::string BdTablesHtml(const std::vector<CurveGroup>& groups, const std::string& anchor, CurveFit fit) {
  const std::vector<BdCell> cells =
      BdAgainst(groups, anchor, {"accuracy", "agreement", "kl_nats", "task_snr_db", "snr_db"}, fit);
  std::string out = "<h2 id=\"bd\">BD-rates</h2>\n";
  if (cells.empty())
    return out + "<p class=\"soft\">No configuration shares a network and clip with the anchor “" +
           HtmlEscaped(anchor) + "”.</p>\n";
  out += fmt::format(
      "<p>Bits needed for equal quality against <b>{}</b>; negative is fewer. {} fit of ln(rate). A mean takes only "
      "pairs without a warning.</p>\n",
      HtmlEscaped(anchor),
      fit == CurveFit::kCubic   ? "Cubic least-squares"
      : fit == CurveFit::kAkima ? "Akima"
                                : "PCHIP");
  out += BdTable(groups, cells, "accuracy", "At equal accuracy on labels");
  out += BdTable(groups, cells, "agreement", "At equal agreement with the uncompressed run");
  out += BdTable(groups, cells, "kl_nats", "At equal KL divergence");
  out += BdTable(groups, cells, "task_snr_db", "At equal task SNR");
  return out + BdTable(groups, cells, "snr_db", "At equal feature SNR");
}

std::string StageTimesHtml(const CurveGroup& group) {
  double longest = 0;
  std::array<bool, kStages.size()> measured{};  // a stage that no curve has gets no column
  for (const Curve& curve : group.curves) {
    double sum = 0;
    for (size_t i = 0; i < kStages.size(); ++i) {
      const double ms = MeanOf(curve, kStages[i].key);
      if (std::isnan(ms)) continue;
      sum += ms;
      measured[i] = true;
    }
    longest = std::max(longest, sum);
  }
  if (longest == 0) return {};
  std::string out =
      "<h3>Time per stage <small>ms per frame, one thread, mean over the curve’s points</small></h3><div "
      "class=\"scroll\"><table><tr><th class=\"l\">configuration</th>";
  for (size_t i = 0; i < kStages.size(); ++i) {
    if (measured[i]) out += fmt::format("<th><span class=\"swatch s{}\"></span>{}</th>", i, kStages[i].name);
  }
  out += "<th>peak MiB</th><th class=\"l\"></th></tr>\n";
  for (const Curve& curve : group.curves) {
    out += fmt::format("<tr><td class=\"l\">{}</td>", HtmlEscaped(curve.config));
    std::string bar;
    for (size_t i = 0; i < kStages.size(); ++i) {
      if (!measured[i]) continue;
      const double ms = MeanOf(curve, kStages[i].key);
      out += HtmlCell(ms, 2);
      if (std::isnan(ms)) continue;
      bar += fmt::format("<i class=\"s{}\" style=\"width:{:.2f}%\" title=\"{} {:.2f} ms\"></i>", i, 100 * ms / longest,
                         kStages[i].name, ms);
    }
    out +=
        HtmlCell(MeanOf(curve, "peak_memory_mib"), 0) + fmt::format("<td><div class=\"bar\">{}</div></td></tr>\n", bar);
  }
  return out + "</table></div>\n";
}

std::string PointsHtml(const CurveGroup& group) {
  std::string out =
      "<details><summary>All points</summary><div class=\"scroll\"><table><tr><th "
      "class=\"l\">configuration</th><th>QP</th><th>bit/el</th><th>bit/pixel</th><th>kbit/s</th>"
      "<th>accuracy %</th><th>loss %</th><th>agreement %</th><th>KL nat</th><th>task SNR dB</th><th>SNR "
      "dB</th><th>NRMSE</th><th>motion %</th><th>encode Mel/s</th>"
      "<th>decode Mel/s</th></tr>\n";
  for (const Curve& curve : group.curves) {
    for (const EvalPoint* p : curve.points) {
      out += fmt::format("<tr><td class=\"l\">{}</td><td>{}</td>", HtmlEscaped(curve.config),
                         p->qp < 0 ? "" : std::to_string(p->qp));
      out += HtmlCell(p->value("bits_per_element"), 4) + HtmlCell(p->value("bits_per_pixel"), 4) +
             HtmlCell(p->value("kbit_per_s"), 1) + HtmlCell(p->value("accuracy"), 2, 100) +
             HtmlCell(p->value("accuracy_loss_percent"), 2) + HtmlCell(p->value("agreement"), 2, 100) +
             HtmlCell(p->value("kl_nats"), 5) + HtmlCell(p->value("task_snr_db"), 2) + HtmlCell(p->value("snr_db"), 2) +
             HtmlCell(p->value("nrmse"), 4) + HtmlCell(100 * p->value("motion_bytes") / p->value("bytes"), 1) +
             HtmlCell(p->value("encode_mel_per_s"), 1) + HtmlCell(p->value("decode_mel_per_s"), 1) + "</tr>\n";
    }
  }
  return out + "</table></div></details>\n";
}

}  // namespace fsc
