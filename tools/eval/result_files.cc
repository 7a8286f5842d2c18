#include "tools/eval/result_files.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fsc {
namespace {

using Json = nlohmann::ordered_json;

std::string Quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string Number(double value) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.10g}", value);
}

// The values of `read` for every point, or nothing when one of them is not finite.
template <class Read>
void AddList(Json* results, const char* key, const std::vector<const EvalPoint*>& points, Read read) {
  Json list = Json::array();
  for (const EvalPoint* point : points) {
    const double value = read(*point);
    if (!std::isfinite(value)) return;
    list.push_back(value);
  }
  if (!list.empty()) (*results)[key] = std::move(list);
}

Result<Json> ParseResults(const std::string& json_text, const std::string& where) {
  try {
    Json json = Json::parse(json_text);
    if (!json.is_object() || !json.contains("results") || !json["results"].is_object()) {
      return BadInput("no \"results\" object", where, "give a CompressAI-style result file");
    }
    size_t length = 0;
    for (const auto& [key, list] : json["results"].items()) {
      if (!list.is_array()) return BadInput("result that is not a list", where + ", results." + key);
      if (length == 0) length = list.size();
      if (list.size() != length || length == 0)
        return BadInput("lists of unequal length or empty", where + ", results." + key);
      for (const Json& value : list) {
        if (!value.is_number()) return BadInput("value that is not a number", where + ", results." + key);
      }
    }
    return json["results"];
  } catch (const Json::exception& e) {
    return BadInput("malformed JSON", where, e.what());
  }
}

}  // namespace

std::string ResultsCsv(const std::vector<EvalPoint>& points, bool with_times) {
  std::string out = "model,clip,configuration,mode,preset,QP,frames,frame rate [1/s],accuracy is";
  for (const MetricColumn& column : MetricColumns()) {
    if (with_times || !column.is_time) out.append(1, ',').append(Quoted(column.header));
  }
  out += ",error\n";
  for (const EvalPoint& p : points) {
    out += fmt::format("{},{},{},{},{},{},{},{},{}", Quoted(p.model), Quoted(p.clip), Quoted(p.config), Quoted(p.mode),
                       Quoted(p.preset), p.qp < 0 ? "" : std::to_string(p.qp), p.frames, Number(p.frames_per_s),
                       Quoted(p.accuracy_name));
    for (const MetricColumn& column : MetricColumns()) {
      if (with_times || !column.is_time) out.append(1, ',').append(Number(p.value(column.key)));
    }
    out.append(1, ',').append(Quoted(p.error)).append(1, '\n');
  }
  return out;
}

std::string CompressAiJson(const std::string& name, const std::string& description,
                           const std::vector<const EvalPoint*>& points) {
  Json results = Json::object();
  AddList(&results, "bpp", points, [](const EvalPoint& p) { return p.value("bits_per_pixel"); });
  AddList(&results, "bitrate", points, [](const EvalPoint& p) { return p.value("kbit_per_s"); });
  if (std::all_of(points.begin(), points.end(), [](const EvalPoint* p) { return p->qp >= 0; })) {
    AddList(&results, "qp", points, [](const EvalPoint& p) { return double(p.qp); });
  }
  AddList(&results, "encoding_time", points, [](const EvalPoint& p) { return p.value("encode_ms") / 1000; });
  AddList(&results, "decoding_time", points, [](const EvalPoint& p) { return p.value("decode_ms") / 1000; });
  for (const MetricColumn& column : MetricColumns()) {
    AddList(&results, column.key, points, [&](const EvalPoint& p) { return p.value(column.key); });
  }
  const Json json = {{"name", name}, {"description", description}, {"results", results}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<std::vector<RatePoint>> ReadRateCurve(const std::string& json_text, const std::string& where,
                                             const std::string& metric) {
  FSC_ASSIGN_OR_RETURN(const Json results, ParseResults(json_text, where));
  const char* rate = results.contains("bits_per_element") ? "bits_per_element"
                     : results.contains("bitrate")        ? "bitrate"
                                                          : "bpp";
  for (const std::string& key : {std::string(rate), metric}) {
    if (!results.contains(key)) return BadInput("no such list in the results", where + ", results." + key);
  }
  std::vector<RatePoint> curve;
  for (size_t i = 0; i < results[metric].size(); ++i) {
    EvalPoint point;
    point.values[metric] = results[metric][i].get<double>();
    const MetricColumn* column = FindMetric(metric);
    double quality = QualityOf(point, metric);
    if (column != nullptr && column->better == MetricColumn::Better::kLower && quality == point.values[metric])
      quality = -quality;
    curve.push_back({results[rate][i].get<double>(), quality});
  }
  return curve;
}

Result<std::vector<std::string>> ReadMetricNames(const std::string& json_text, const std::string& where) {
  FSC_ASSIGN_OR_RETURN(const Json results, ParseResults(json_text, where));
  std::vector<std::string> names;
  for (const auto& [key, list] : results.items()) {
    const MetricColumn* column = FindMetric(key);
    const bool foreign = column == nullptr && key != "bpp" && key != "bitrate" && key != "qp" &&
                         key != "encoding_time" && key != "decoding_time";
    const bool quality = column != nullptr && (column->better == MetricColumn::Better::kHigher || key == "kl_nats" ||
                                               key == "mse" || key == "nrmse");
    if (foreign || (quality && !column->is_time)) names.push_back(key);
  }
  return names;
}

std::string SummaryCsv(const std::vector<const EvalPoint*>& points) {
  std::string out =
      "Dataset,fps,num_of_coded_frame,qp,bitrate (kbps),end_accuracy,nn_part_1,encode,decode,nn_part_2,inv_mse\n";
  for (const EvalPoint* p : points) {
    const auto clip_seconds = [&](const char* key) { return Number(p->value(key) * double(p->frames) / 1000); };
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", Quoted(p->clip), Number(p->frames_per_s), p->frames,
                       p->qp < 0 ? "uncmp" : std::to_string(p->qp), Number(p->value("kbit_per_s")),
                       Number(p->value("accuracy")), clip_seconds("front_ms"), clip_seconds("encode_ms"),
                       clip_seconds("decode_ms"), clip_seconds("back_ms"), Number(1 / p->value("mse")));
  }
  return out;
}

}  // namespace fsc
