#include "eval/curve_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "core/parse_number.h"
#include "eval/csv.h"
#include "eval/eval_point.h"

namespace fsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostNamed = 6;  // curves that an error lists

struct Unit {
  const char* name;
  std::vector<std::string> keys;
};
const std::vector<Unit>& Units() {
  static const std::vector<Unit> units = {{"bit/element", {"bits_per_element"}},
                                          {"kbit/s", {"kbit_per_s", "bitrate"}},
                                          {"bit/pixel", {"bits_per_pixel", "bpp"}}};
  return units;
}

// Columns that are neither rate nor quality, in the files that are known.
bool IsSetting(const std::string& key) {
  static const std::set<std::string> settings = {
      "qp",    "QP",        "preset",    "frames", "frame rate [1/s]", "fps",           "num_of_coded_frame",
      "error", "nn_part_1", "nn_part_2", "encode", "decode",           "encoding_time", "decoding_time"};
  return settings.count(key) != 0;
}

// CompressAI-Vision writes the times of a codec's steps beside their sum: encode_conversion beside encode.
bool IsPartOfATime(const CurveTable& curve, const std::string& key) {
  return (key.starts_with("encode_") && curve.Find("encode") != nullptr) ||
         (key.starts_with("decode_") && curve.Find("decode") != nullptr);
}

bool IsRate(const std::string& key) {
  return std::any_of(Units().begin(), Units().end(), [&](const Unit& unit) {
    return std::find(unit.keys.begin(), unit.keys.end(), key) != unit.keys.end();
  });
}

// Python writes NaN, Infinity and -Infinity, which are no JSON: null, outside of strings.
std::string WithoutPythonNumbers(const std::string& text) {
  std::string out;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_string) {
      in_string = text[i] != '"';
      out += text[i];
      if (text[i] == '\\' && i + 1 < text.size()) out += text[++i];
      continue;
    }
    in_string = text[i] == '"';
    size_t length = 0;
    for (const char* word : {"NaN", "-Infinity", "Infinity"}) {
      if (length == 0 && text.compare(i, std::char_traits<char>::length(word), word) == 0) {
        length = std::char_traits<char>::length(word);
      }
    }
    out += length > 0 ? "null" : std::string(1, text[i]);
    if (length > 0) i += length - 1;
  }
  return out;
}

Result<std::vector<CurveTable>> ParseJson(const std::string& text, const std::string& where) {
  try {
    const Json json = Json::parse(WithoutPythonNumbers(text));
    if (!json.is_object() || !json.contains("results") || !json["results"].is_object()) {
      return BadInput("no \"results\" object", where, "give a CompressAI-style result file");
    }
    CurveTable curve;
    for (const auto& [key, list] : json["results"].items()) {
      if (!list.is_array()) continue;
      CurveTable::Values values;
      for (const Json& value : list) {
        const bool number = value.is_number() && std::isfinite(value.get<double>());
        values.push_back(number ? std::optional(value.get<double>()) : std::nullopt);
      }
      curve.columns.emplace_back(key, std::move(values));
    }
    return std::vector<CurveTable>{std::move(curve)};
  } catch (const Json::exception& e) {
    return BadInput("malformed JSON", where, e.what());
  }
}

std::optional<double> NumberIn(const std::string& cell) {
  const size_t first = cell.find_first_not_of(" +"), last = cell.find_last_not_of(' ');
  if (first == std::string::npos) return std::nullopt;
  double value = 0;
  const std::string_view text = std::string_view(cell).substr(first, last + 1 - first);
  return ParseNumber(text, &value) && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// Columns that say which curve a row belongs to, in the order of its name.
bool NamesACurve(const std::string& header) {
  return header == "model" || header == "clip" || header == "configuration" || header == "Dataset";
}

std::string KeyOf(const std::string& header) {
  for (const MetricColumn& column : MetricColumns()) {
    if (header == column.header) return column.key;
  }
  if (header == "avg_bpp") return "bpp";
  return header == "bitrate (kbps)" ? "bitrate" : header;
}

Result<std::vector<CurveTable>> ParseCsv(const std::string& text, const std::string& where) {
  const std::vector<std::vector<std::string>> rows = CsvRows(text);
  if (rows.size() < 2 || rows[0].size() < 2) {
    return BadInput("neither JSON nor CSV with a header", where, "give a result file of fsc eval or CompressAI");
  }
  std::vector<CurveTable> curves;
  for (size_t r = 1; r < rows.size(); ++r) {
    if (rows[r].size() != rows[0].size()) {
      return BadInput(fmt::format("{} fields where the header has {}", rows[r].size(), rows[0].size()),
                      fmt::format("{}, row {}", where, r + 1));
    }
    std::string name;
    for (size_t c = 0; c < rows[r].size(); ++c) {
      if (NamesACurve(rows[0][c])) name += (name.empty() ? "" : "/") + rows[r][c];
    }
    auto curve = std::find_if(curves.begin(), curves.end(), [&](const CurveTable& c) { return c.name == name; });
    if (curve == curves.end()) {
      curve = curves.insert(curves.end(), {name, {}});
      for (const std::string& header : rows[0]) curve->columns.emplace_back(KeyOf(header), CurveTable::Values());
    }
    for (size_t c = 0; c < rows[r].size(); ++c) curve->columns[c].second.push_back(NumberIn(rows[r][c]));
  }
  return curves;
}

bool HasNumbers(const CurveTable::Values* values) {
  return values != nullptr &&
         std::any_of(values->begin(), values->end(), [](const auto& value) { return value.has_value(); });
}

// The column of that unit; empty = none.
std::string ColumnOf(const CurveTable& curve, const Unit& unit) {
  for (const std::string& key : unit.keys) {
    if (HasNumbers(curve.Find(key))) return key;
  }
  return {};
}

std::string UnitsOf(const CurveTable& curve) {
  std::string names;
  for (const Unit& unit : Units()) {
    if (!ColumnOf(curve, unit).empty()) names += (names.empty() ? "" : " and ") + std::string(unit.name);
  }
  return names.empty() ? "none" : names;
}

}  // namespace

const CurveTable::Values* CurveTable::Find(const std::string& key) const {
  for (const auto& [column, values] : columns) {
    if (column == key) return &values;
  }
  return nullptr;
}

Result<std::vector<CurveTable>> ParseCurves(const std::string& text, const std::string& where) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool json = first != std::string::npos && (text[first] == '{' || text[first] == '[');
  return json ? ParseJson(text, where) : ParseCsv(text, where);
}

Result<CurveTable> ChooseCurve(std::vector<CurveTable> curves, const std::string& name, const std::string& where) {
  if (curves.size() == 1 && name.empty()) return std::move(curves[0]);
  std::vector<CurveTable*> exact, partly;
  for (CurveTable& curve : curves) {
    const std::string configuration = curve.name.substr(curve.name.rfind('/') + 1);
    if (curve.name == name || configuration == name) exact.push_back(&curve);
    if (curve.name.find(name) != std::string::npos) partly.push_back(&curve);
  }
  if (exact.size() == 1) return std::move(*exact[0]);
  if (exact.empty() && partly.size() == 1) return std::move(*partly[0]);
  std::string names;
  for (size_t i = 0; i < std::min(kMostNamed, curves.size()); ++i)
    names += (i > 0 ? ", '" : "'") + curves[i].name + "'";
  if (curves.size() > kMostNamed) names += ", ...";
  return Usage(name.empty() ? fmt::format("the file has {} curves", curves.size())
                            : fmt::format("'{}' names {} of the file's {} curves", name,
                                          std::max(exact.size(), partly.size()), curves.size()),
               where, "choose one by its name: " + names);
}

Result<RateUnit> CommonRateUnit(const CurveTable& anchor, const std::string& anchor_where, const CurveTable& test,
                                const std::string& test_where) {
  for (const Unit& unit : Units()) {
    const std::string in_anchor = ColumnOf(anchor, unit), in_test = ColumnOf(test, unit);
    if (!in_anchor.empty() && !in_test.empty()) return RateUnit{unit.name, in_anchor, in_test};
  }
  return BadInput(fmt::format("the rates have no unit in common: {} in {}, {} in {}", UnitsOf(anchor), anchor_where,
                              UnitsOf(test), test_where),
                  test_where, "give files that have their rates in one unit");
}

std::vector<std::string> QualityNames(const CurveTable& curve) {
  std::vector<std::string> names;
  for (const auto& [key, values] : curve.columns) {
    if (!HasNumbers(&values) || IsRate(key) || IsSetting(key) || IsPartOfATime(curve, key)) continue;
    const MetricColumn* column = FindMetric(key);
    const bool quality = column == nullptr || (!column->is_time && column->better == MetricColumn::Better::kHigher) ||
                         key == "kl_nats" || key == "mse" || key == "nrmse";
    if (quality) names.push_back(key);
  }
  return names;
}

Result<std::vector<RatePoint>> RateCurveOf(const CurveTable& curve, const std::string& rate, const std::string& metric,
                                           const std::string& where) {
  const CurveTable::Values* rates = curve.Find(rate);
  const CurveTable::Values* qualities = curve.Find(metric);
  if (rates == nullptr) return BadInput("no such rate: " + rate, where);
  if (qualities == nullptr) return BadInput("no such quality: " + metric, where);
  if (rates->size() != qualities->size()) {
    return BadInput(fmt::format("{} rates, but {} values of {}", rates->size(), qualities->size(), metric), where);
  }
  std::vector<RatePoint> points;
  for (size_t i = 0; i < rates->size(); ++i) {
    if (!(*rates)[i] || !(*qualities)[i]) continue;
    EvalPoint point;
    point.values[metric] = *(*qualities)[i];
    const MetricColumn* column = FindMetric(metric);
    double quality = QualityOf(point, metric);
    if (column != nullptr && column->better == MetricColumn::Better::kLower && quality == point.values[metric]) {
      quality = -quality;
    }
    if (std::isfinite(quality)) points.push_back({*(*rates)[i], quality});
  }
  if (points.empty()) return BadInput(fmt::format("no point has both {} and {}", rate, metric), where);
  return points;
}

}  // namespace fsc
