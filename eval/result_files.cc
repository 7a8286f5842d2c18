#include "eval/result_files.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eval/csv.h"

namespace fsc {
namespace {

using Json = nlohmann::ordered_json;

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

}  // namespace

std::string ResultsCsv(const std::vector<EvalPoint>& points, bool with_times) {
  std::string out = "model,clip,configuration,mode,preset,QP,frames,frame rate [1/s],accuracy is";
  for (const MetricColumn& column : MetricColumns()) {
    if (with_times || !column.is_time) out.append(1, ',').append(CsvField(column.header));
  }
  out += ",error\n";
  for (const EvalPoint& p : points) {
    out += fmt::format("{},{},{},{},{},{},{},{},{}", CsvField(p.model), CsvField(p.clip), CsvField(p.config),
                       CsvField(p.mode), CsvField(p.preset), p.qp < 0 ? "" : std::to_string(p.qp), p.frames,
                       Number(p.frames_per_s), CsvField(p.accuracy_name));
    for (const MetricColumn& column : MetricColumns()) {
      if (with_times || !column.is_time) out.append(1, ',').append(Number(p.value(column.key)));
    }
    out.append(1, ',').append(CsvField(p.error)).append(1, '\n');
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

std::string SummaryCsv(const std::vector<const EvalPoint*>& points) {
  std::string out =
      "Dataset,fps,num_of_coded_frame,qp,bitrate (kbps),end_accuracy,nn_part_1,encode,decode,nn_part_2,inv_mse\n";
  for (const EvalPoint* p : points) {
    const auto clip_seconds = [&](const char* key) { return Number(p->value(key) * double(p->frames) / 1000); };
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", CsvField(p->clip), Number(p->frames_per_s), p->frames,
                       p->qp < 0 ? "uncmp" : std::to_string(p->qp), Number(p->value("kbit_per_s")),
                       Number(p->value("accuracy")), clip_seconds("front_ms"), clip_seconds("encode_ms"),
                       clip_seconds("decode_ms"), clip_seconds("back_ms"), Number(1 / p->value("mse")));
  }
  return out;
}

}  // namespace fsc
