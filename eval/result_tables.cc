// The Markdown half of result_files.h.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "eval/result_files.h"

namespace fsc {
namespace {

// `digits` after the point; a dash where there is no number.
std::string Cell(double value, int digits, double scale = 1) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.{}f}", value * scale, digits);
}

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

template <class T>
void AddOnce(std::vector<T>* list, const T& item) {
  for (const T& other : *list) {
    if (other == item) return;
  }
  list->push_back(item);
}

}  // namespace

std::string PointsMarkdown(const CurveGroup& group) {
  std::string accuracy = "accuracy";
  bool profiles = false;
  for (const Curve& curve : group.curves) {
    for (const EvalPoint* p : curve.points) {
      if (!p->accuracy_name.empty()) accuracy = p->accuracy_name;
      profiles = profiles || !p->profile.empty();
    }
  }
  std::string out = fmt::format(
      "| configuration | QP | b/el | kbit/s | {} % | agreement % | KL (nat) | SNR (dB) | encode Mel/s | decode Mel/s "
      "|{}\n"
      "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|{}\n",
      accuracy, profiles ? " profile | its bytes | transform ms | restore ms |" : "",
      profiles ? "---|---:|---:|---:|" : "");
  for (const Curve& curve : group.curves) {
    for (const EvalPoint* p : curve.points) {
      out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |", Escaped(curve.config),
                         p->qp < 0 ? "-" : std::to_string(p->qp), Cell(p->value("bits_per_element"), 4),
                         Cell(p->value("kbit_per_s"), 1), Cell(p->value("accuracy"), 2, 100),
                         Cell(p->value("agreement"), 2, 100), Cell(p->value("kl_nats"), 5), Cell(p->value("snr_db"), 2),
                         Cell(p->value("encode_mel_per_s"), 1), Cell(p->value("decode_mel_per_s"), 1));
      if (profiles) {
        out += fmt::format(" {} | {} | {} | {} |", p->profile.empty() ? "-" : p->profile,
                           Cell(p->value("profile_bytes"), 0), Cell(p->value("transform_ms"), 2),
                           Cell(p->value("restore_ms"), 2));
      }
      out += "\n";
    }
  }
  return out;
}

std::string BdMarkdown(const std::vector<BdCell>& cells, const std::string& anchor, const std::string& metric,
                       CurveFit fit) {
  std::vector<std::string> configs;
  std::vector<std::pair<std::string, std::string>> rows;
  std::map<std::pair<std::pair<std::string, std::string>, std::string>, const BdCell*> by_place;
  for (const BdCell& cell : cells) {
    if (cell.metric != metric) continue;
    AddOnce(&configs, cell.config);
    AddOnce(&rows, {cell.model, cell.clip});
    by_place[{{cell.model, cell.clip}, cell.config}] = &cell;
  }
  if (configs.empty()) return {};
  const MetricColumn* column = FindMetric(metric);
  std::string out =
      fmt::format("BD-rate in % against {} at equal {} ({} fit; negative = fewer bits)\n\n| network | clip |",
                  Escaped(anchor), column == nullptr ? metric : column->label, CurveFitName(fit));
  for (const std::string& config : configs) out += fmt::format(" {} |", Escaped(config));
  out += "\n|---|---|";
  for (size_t i = 0; i < configs.size(); ++i) out += "---:|";
  out += "\n";
  std::vector<std::string> notes;  // one for all cells that it is true of
  for (const auto& row : rows) {
    out += fmt::format("| {} | {} |", Escaped(row.first), Escaped(row.second));
    for (const std::string& config : configs) {
      const auto found = by_place.find({row, config});
      if (found == by_place.end()) {
        out += " |";
        continue;
      }
      const BdCell& cell = *found->second;
      out += cell.bd_rate_percent ? fmt::format(" {:+.2f}", *cell.bd_rate_percent) : std::string(" -");
      if (!cell.warnings.empty() || !cell.notes.empty()) {
        std::string note;
        for (const auto& list : {cell.warnings, cell.notes}) {
          for (const std::string& text_of : list) note += (note.empty() ? "" : "; ") + text_of;
        }
        auto same = std::find(notes.begin(), notes.end(), note);
        if (same == notes.end()) same = notes.insert(notes.end(), note);
        out += fmt::format(" ({})", same - notes.begin() + 1);
      }
      out += " |";
    }
    out += "\n";
  }
  out += "| mean | |";
  for (const std::string& config : configs) {
    const BdMean mean = MeanOver(cells, config, metric);
    out += mean.bd_rate_percent
               ? fmt::format(" {:+.2f} ({} of {} pairs) |", *mean.bd_rate_percent, mean.used, mean.wanted)
               : fmt::format(" - (0 of {} pairs) |", mean.wanted);
  }
  out += "\n";
  for (size_t i = 0; i < notes.size(); ++i) out += fmt::format("\n({}) {}\n", i + 1, notes[i]);
  return out;
}

}  // namespace fsc
