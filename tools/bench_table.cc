#include "tools/bench_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "eval/processor.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

using Json = nlohmann::ordered_json;
using Seconds = std::vector<CoderSeconds>;

double Elements(const BenchResult& result) {
  return double(TotalElements(result.reference.stream.layers) * result.reference.frames);
}

double MedianOf(const Seconds& runs, double CoderSeconds::*part) {
  std::vector<double> values;
  for (const CoderSeconds& run : runs) values.push_back(run.*part);
  return Median(values);
}

// How often faster a coder is than another one, run by run.
double MedianRatio(const Seconds& own, const Seconds& other, double CoderSeconds::*part) {
  std::vector<double> ratios;
  for (size_t run = 0; run < std::min(own.size(), other.size()); ++run)
    ratios.push_back(other[run].*part / own[run].*part);
  return Median(ratios);
}

// The anchor of `mode` whose rate is nearest to a coder's; nullopt without one.
std::optional<size_t> NearestAnchor(const BenchResult& result, size_t own, const std::string& mode) {
  std::optional<size_t> nearest;
  double distance = 0;
  for (size_t i = 0; i < result.coders.size(); ++i) {
    if (!result.coders[i].is_anchor || result.coders[i].mode != mode || !result.figures[i].left_out.empty()) continue;
    const double apart = std::fabs(std::log(result.figures[i].point.value("bits_per_element") /
                                            result.figures[own].point.value("bits_per_element")));
    if (nearest && apart >= distance) continue;
    nearest = i;
    distance = apart;
  }
  return nearest;
}

std::vector<std::string> AnchorModes(const BenchResult& result) {
  std::vector<std::string> modes;
  for (size_t i = 0; i < result.coders.size(); ++i) {
    const std::string& mode = result.coders[i].mode;
    if (result.coders[i].is_anchor && result.figures[i].left_out.empty() &&
        std::find(modes.begin(), modes.end(), mode) == modes.end()) {
      modes.push_back(mode);
    }
  }
  return modes;
}

// Percent of the front's time that encoding takes on one core, a profile's reducers included; NaN without a front.
double ShareOfFrontPercent(const BenchResult& result, const SpeedFigures& figures) {
  const auto found = result.reference.values.find("front_ms");
  if (found == result.reference.values.end()) return std::nan("");
  const double encode_ms = 1000 * MedianOf(figures.one_core, &CoderSeconds::encode_s) / double(result.reference.frames);
  return 100 * encode_ms / found->second;
}

std::string Cell(double value, int digits) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return "inf";
  return fmt::format("{:.{}f}", value, digits);
}

// Mel/s: enough digits for three figures.
std::string SpeedCell(double elements, double seconds) {
  const double mel_per_s = elements / 1e6 / seconds;
  return Cell(mel_per_s, mel_per_s < 10 ? 2 : mel_per_s < 100 ? 1 : 0);
}

std::string ShapeText(const std::vector<LayerSpec>& layers) {
  std::string text;
  for (const LayerSpec& layer : layers) {
    text +=
        fmt::format("{}{} x {} x {}", text.empty() ? "" : " + ", layer.channels, layer.height_cells, layer.width_cells);
  }
  return text;
}

struct Column {
  std::string title;
  bool is_text = false;
  std::vector<std::string> cells;
};

class Table {
 public:
  explicit Table(const BenchResult& result) : result_(result) {}

  std::string Text() {
    const bool has_profiles = std::any_of(result_.coders.begin(), result_.coders.end(),
                                          [](const BenchCoder& coder) { return !coder.profile.empty(); });
    AddText("mode", [](const BenchCoder& coder) { return coder.mode; });
    AddText("preset", [](const BenchCoder& coder) { return coder.preset.empty() ? "-" : coder.preset; });
    if (has_profiles) AddText("profile", [](const BenchCoder& coder) { return coder.profile.empty() ? "-" : "yes"; });
    Add("QP", [&](size_t i) { return fmt::format("{}", result_.coders[i].config.qp); });
    Add("b/el", [&](size_t i) { return Cell(Point(i).value("bits_per_element"), 4); });
    if (result_.reference.has_results) {
      Add("KL nat", [&](size_t i) { return Cell(Point(i).value("kl_nats"), 5); });
      Add("agree %", [&](size_t i) { return Cell(100 * Point(i).value("agreement"), 2); });
    }
    Add("SNR dB", [&](size_t i) { return Cell(Point(i).value("snr_db"), 2); });
    AddSpeeds("enc", &CoderSeconds::encode_s);
    AddSpeeds("dec", &CoderSeconds::decode_s);
    Add("enc f/s", [&](size_t i) { return FramesPerS(i, &CoderSeconds::encode_s); });
    Add("dec f/s", [&](size_t i) { return FramesPerS(i, &CoderSeconds::decode_s); });
    Add("MiB", [&](size_t i) {
      return Cell(std::max(result_.figures[i].encode_peak_mib, result_.figures[i].decode_peak_mib), 0);
    });
    if (result_.reference.values.contains("front_ms"))
      Add("front %", [&](size_t i) { return Cell(ShareOfFrontPercent(result_, result_.figures[i]), 1); });
    for (const std::string& mode : AnchorModes(result_)) {
      Add("x " + mode, [&](size_t i) {
        const auto anchor = NearestAnchor(result_, i, mode);
        return Cell(
            MedianRatio(result_.figures[i].one_core, result_.figures[*anchor].one_core, &CoderSeconds::encode_s), 2);
      });
    }
    return Head() + Lines() + Legend();
  }

 private:
  const EvalPoint& Point(size_t i) const { return result_.figures[i].point; }

  template <class CellOf>
  void Add(std::string title, const CellOf& cell) {
    Column& column = columns_.emplace_back();
    column.title = std::move(title);
    for (size_t i = 0; i < result_.coders.size(); ++i) {
      if (result_.figures[i].left_out.empty()) column.cells.push_back(cell(i));
    }
  }
  template <class TextOf>
  void AddText(std::string title, const TextOf& text) {
    Add(std::move(title), [&](size_t i) { return std::string(text(result_.coders[i])); });
    columns_.back().is_text = true;
  }
  void AddSpeeds(const std::string& title, double CoderSeconds::*part) {
    Add(title + " 1",
        [&](size_t i) { return SpeedCell(Elements(result_), MedianOf(result_.figures[i].one_core, part)); });
    if (result_.threads == 1) return;
    Add(fmt::format("{} {}", title, result_.threads),
        [&](size_t i) { return SpeedCell(Elements(result_), MedianOf(result_.figures[i].all_cores, part)); });
  }
  // On as many cores as there are.
  std::string FramesPerS(size_t i, double CoderSeconds::*part) const {
    const SpeedFigures& figures = result_.figures[i];
    const double seconds = MedianOf(result_.threads == 1 ? figures.one_core : figures.all_cores, part);
    return Cell(double(result_.reference.frames) / seconds, 1);
  }

  std::string Head() const {
    const std::vector<LayerSpec>& layers = result_.reference.stream.layers;
    return fmt::format("{}: {} frames of {}, {:.3f} Mel each; runs: {}; {}\n\n", result_.input,
                       result_.reference.frames, ShapeText(layers), double(TotalElements(layers)) / 1e6, result_.runs,
                       ProcessorName());
  }
  std::string Lines() const {
    std::string text;
    const size_t lines = columns_.front().cells.size();
    for (size_t line = 0; line <= lines; ++line) {
      std::string row;
      for (const Column& column : columns_) {
        size_t width = column.title.size();
        for (const std::string& cell : column.cells) width = std::max(width, cell.size());
        const std::string& cell = line == 0 ? column.title : column.cells[line - 1];
        row += row.empty() ? "" : "  ";
        row += column.is_text ? fmt::format("{:<{}}", cell, width) : fmt::format("{:>{}}", cell, width);
      }
      row.erase(row.find_last_not_of(' ') + 1);
      text += row + "\n";
    }
    return text;
  }
  std::string Legend() const {
    std::string text = "\nenc, dec: Mel/s on 1 core (processor time)";
    if (result_.threads > 1) text += fmt::format(" and on {} (elapsed)", result_.threads);
    text += fmt::format("; f/s: frames a second on {}; MiB: peak memory of encoding or decoding alone",
                        result_.threads == 1 ? "1 core" : fmt::format("{} cores", result_.threads));
    const auto front = result_.reference.values.find("front_ms");
    if (front != result_.reference.values.end())
      text += fmt::format("; front %: of the {:.1f} ms that the front takes for a frame on 1 core", front->second);
    if (!AnchorModes(result_).empty())
      text += "; x: how often faster than the line of that mode that is nearest in rate, encoding on 1 core";
    text += "\n";
    for (const std::string& mode : AnchorModes(result_)) {
      const auto coder = std::find_if(result_.coders.begin(), result_.coders.end(),
                                      [&](const BenchCoder& one) { return one.mode == mode; });
      if (!coder->options.empty()) text += fmt::format("{}: {}\n", mode, coder->options);
    }
    return text;
  }

  const BenchResult& result_;
  std::vector<Column> columns_;
};

Json NumberOrNull(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json SpeedsJson(const BenchResult& result, const Seconds& runs) {
  if (runs.empty()) return nullptr;
  Json json;
  for (const auto& [name, part] : {std::pair("encode", &CoderSeconds::encode_s), {"decode", &CoderSeconds::decode_s}}) {
    const double seconds = MedianOf(runs, part);
    json[fmt::format("{}_mel_per_s", name)] = Elements(result) / 1e6 / seconds;
    json[fmt::format("{}_frames_per_s", name)] = double(result.reference.frames) / seconds;
    Json list = Json::array();
    for (const CoderSeconds& run : runs) list.push_back(run.*part);
    json[fmt::format("{}_s", name)] = list;
  }
  return json;
}

Json CoderJson(const BenchResult& result, size_t i) {
  const BenchCoder& coder = result.coders[i];
  const SpeedFigures& figures = result.figures[i];
  Json json = {{"mode", coder.mode},
               {"preset", coder.preset},
               {"qp", coder.config.qp},
               {"profile", coder.profile},
               {"options", coder.options}};
  if (coder.config.latent.lossless) json["qp"] = "lossless";
  for (const char* key : {"bytes", "bits_per_element", "kbit_per_s", "snr_db", "kl_nats", "agreement", "task_snr_db"}) {
    if (figures.point.has(key)) json[key] = NumberOrNull(figures.point.value(key));
  }
  json["one_core"] = SpeedsJson(result, figures.one_core);
  json["all_cores"] = SpeedsJson(result, figures.all_cores);
  json["encode_peak_mib"] = figures.encode_peak_mib;
  json["decode_peak_mib"] = figures.decode_peak_mib;
  json["share_of_front_percent"] = NumberOrNull(ShareOfFrontPercent(result, figures));
  json["against"] = Json::array();
  for (const std::string& mode : AnchorModes(result)) {
    const size_t anchor = *NearestAnchor(result, i, mode);
    const Seconds& other = result.figures[anchor].one_core;
    json["against"].push_back({{"mode", mode},
                               {"preset", result.coders[anchor].preset},
                               {"qp", result.coders[anchor].config.qp},
                               {"bits_ratio", figures.point.value("bits_per_element") /
                                                  result.figures[anchor].point.value("bits_per_element")},
                               {"encode_speed_ratio", MedianRatio(figures.one_core, other, &CoderSeconds::encode_s)},
                               {"decode_speed_ratio", MedianRatio(figures.one_core, other, &CoderSeconds::decode_s)}});
  }
  return json;
}

}  // namespace

std::string BenchTable(const BenchResult& result) {
  return Table(result).Text();
}

Json BenchJson(const BenchResult& result, const Warnings& warnings) {
  const ReferenceInfo& reference = result.reference;
  Json layers = Json::array();
  for (const LayerSpec& layer : reference.stream.layers) {
    layers.push_back({{"name", layer.name},
                      {"channels", layer.channels},
                      {"height", layer.height_cells},
                      {"width", layer.width_cells},
                      {"stride", layer.stride_px}});
  }
  Json json = {{"input", result.input},      {"model", result.model},
               {"frames", reference.frames}, {"elements_per_frame", TotalElements(reference.stream.layers)},
               {"layers", layers},           {"processor", ProcessorName()},
               {"runs", result.runs},        {"threads", result.threads}};
  const auto front = reference.values.find("front_ms");
  json["front_ms"] = front == reference.values.end() ? Json(nullptr) : Json(front->second);
  json["rows"] = Json::array();
  json["left_out"] = Json::array();
  for (size_t i = 0; i < result.coders.size(); ++i) {
    const std::string& left_out = result.figures[i].left_out;
    if (left_out.empty()) {
      json["rows"].push_back(CoderJson(result, i));
    } else {
      json["left_out"].push_back({{"mode", result.coders[i].mode}, {"why", left_out}});
    }
  }
  json["warnings"] = WarningsJson(warnings);
  return json;
}

}  // namespace fsc::tools
