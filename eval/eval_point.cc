#include "eval/eval_point.h"

#include <cmath>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

namespace fsc {
namespace {

using Json = nlohmann::ordered_json;
using Better = MetricColumn::Better;

Json NumberToJson(double value) {
  if (std::isfinite(value)) return value;
  return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
}

double NumberFromJson(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const std::string text = json.get<std::string>();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  throw Json::other_error::create(501, "not a number", nullptr);
}

Json NumbersToJson(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double value : values) out.push_back(NumberToJson(value));
  return out;
}

std::vector<double> NumbersFromJson(const Json& json) {
  std::vector<double> out;
  for (const Json& item : json) out.push_back(NumberFromJson(item));
  return out;
}

}  // namespace

std::string EvalPoint::Title() const {
  return model + ", " + clip + ", " + config + (qp < 0 ? "" : ", QP " + std::to_string(qp));
}

double EvalPoint::value(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

const std::vector<MetricColumn>& MetricColumns() {
  static const std::vector<MetricColumn> columns = {
      {"bytes", "size [bytes]", "size (bytes)", Better::kLower, false},
      {"bits_per_element", "rate [bit/element]", "rate (bit per element)", Better::kLower, false},
      {"bits_per_pixel", "rate [bit/input pixel]", "rate (bit per input pixel)", Better::kLower, false},
      {"kbit_per_s", "rate [kbit/s]", "rate (kbit/s)", Better::kLower, false},
      {"header_bytes", "headers [bytes]", "headers (bytes)", Better::kLower, false},
      {"profile_bytes", "profile, in headers [bytes]", "profile (bytes)", Better::kLower, false},
      {"side_bytes", "side information [bytes]", "side information (bytes)", Better::kLower, false},
      {"motion_bytes", "motion [bytes]", "motion (bytes)", Better::kLower, false},
      {"residual_bytes", "samples [bytes]", "samples (bytes)", Better::kLower, false},
      {"mse", "feature MSE [1]", "feature MSE", Better::kLower, false},
      {"psnr_db", "feature PSNR [dB]", "feature PSNR (dB)", Better::kHigher, false},
      {"snr_db", "feature SNR [dB]", "feature SNR (dB)", Better::kHigher, false},
      {"nrmse", "feature NRMSE [1]", "feature NRMSE", Better::kLower, false},
      {"kl_nats", "task KL divergence [nat]", "task KL (nat)", Better::kLower, false},
      {"agreement", "task agreement [0..1]", "agreement", Better::kHigher, false},
      {"task_snr_db", "task SNR [dB]", "task SNR (dB)", Better::kHigher, false},
      {"accuracy", "accuracy [0..1]", "accuracy", Better::kHigher, false},
      {"accuracy_uncompressed", "uncompressed accuracy [0..1]", "uncompressed accuracy", Better::kNeither, false},
      {"accuracy_loss_percent", "accuracy loss [%]", "accuracy loss (%)", Better::kLower, false},
      {"top1", "top-1 [0..1]", "top-1", Better::kHigher, false},
      {"top5", "top-5 [0..1]", "top-5", Better::kHigher, false},
      {"miou", "mIoU [0..1]", "mIoU", Better::kHigher, false},
      {"pixel_accuracy", "pixel accuracy [0..1]", "pixel accuracy", Better::kHigher, false},
      {"ap", "AP .50:.95 [0..1]", "AP", Better::kHigher, false},
      {"ap50", "AP50 [0..1]", "AP50", Better::kHigher, false},
      {"box_iou", "box IoU [0..1]", "box IoU", Better::kHigher, false},
      {"box_success", "box IoU >= .5 [0..1]", "box success", Better::kHigher, false},
      {"front_ms", "front, 1 thread [ms/frame]", "front (ms)", Better::kLower, true},
      {"transform_ms", "transform, 1 thread [ms/frame]", "transform (ms)", Better::kLower, true},
      {"encode_ms", "encode, 1 thread [ms/frame]", "encode (ms)", Better::kLower, true},
      {"decode_ms", "decode, 1 thread [ms/frame]", "decode (ms)", Better::kLower, true},
      {"restore_ms", "restore, 1 thread [ms/frame]", "restore (ms)", Better::kLower, true},
      {"back_ms", "back, 1 thread [ms/frame]", "back (ms)", Better::kLower, true},
      {"front_n_ms", "front, n threads [ms/frame]", "front, n threads (ms)", Better::kLower, true},
      {"encode_n_ms", "encode, n threads [ms/frame]", "encode, n threads (ms)", Better::kLower, true},
      {"decode_n_ms", "decode, n threads [ms/frame]", "decode, n threads (ms)", Better::kLower, true},
      {"back_n_ms", "back, n threads [ms/frame]", "back, n threads (ms)", Better::kLower, true},
      {"threads_n", "n [threads]", "n", Better::kNeither, true},
      {"encode_mel_per_s", "encode, 1 thread [Mel/s]", "encode (Mel/s)", Better::kHigher, true},
      {"decode_mel_per_s", "decode, 1 thread [Mel/s]", "decode (Mel/s)", Better::kHigher, true},
      {"peak_memory_mib", "peak memory [MiB]", "peak memory (MiB)", Better::kLower, true},
  };
  return columns;
}

const MetricColumn* FindMetric(const std::string& key) {
  for (const MetricColumn& column : MetricColumns()) {
    if (key == column.key) return &column;
  }
  return nullptr;
}

double QualityOf(const EvalPoint& point, const std::string& key) {
  const double value = point.value(key);
  if (key == "kl_nats" || key == "mse") return -10 * std::log10(value);
  if (key == "nrmse") return -20 * std::log10(value);
  return value;
}

std::string PointToJson(const EvalPoint& point) {
  Json values = Json::object();
  for (const auto& [key, value] : point.values) values[key] = NumberToJson(value);
  const Json json = {{"model", point.model},
                     {"clip", point.clip},
                     {"config", point.config},
                     {"mode", point.mode},
                     {"preset", point.preset},
                     {"qp", point.qp},
                     {"frames", point.frames},
                     {"frames_per_s", point.frames_per_s},
                     {"profile", point.profile},
                     {"accuracy_name", point.accuracy_name},
                     {"error", point.error},
                     {"command", point.command},
                     {"stream_sha256", point.stream_sha256},
                     {"processor", point.processor},
                     {"program", point.program},
                     {"values", values},
                     {"frame_bits", NumbersToJson(point.frame_bits)},
                     {"frame_nrmse", NumbersToJson(point.frame_nrmse)},
                     {"frame_kl_nats", NumbersToJson(point.frame_kl_nats)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

Result<EvalPoint> PointFromJson(const std::string& text, const std::string& where) {
  EvalPoint point;
  try {
    const Json json = Json::parse(text);
    static const std::set<std::string> known = {
        "model",     "clip",         "config",        "mode",        "preset",       "profile",       "qp",
        "frames",    "frames_per_s", "accuracy_name", "error",       "command",      "stream_sha256", "program",
        "processor", "values",       "frame_bits",    "frame_nrmse", "frame_kl_nats"};
    for (const auto& [key, value] : json.items()) {
      if (known.count(key) == 0) return BadInput("unknown key in a result point", where + ": " + key);
    }
    point.model = json.at("model").get<std::string>();
    point.clip = json.at("clip").get<std::string>();
    point.config = json.at("config").get<std::string>();
    point.mode = json.at("mode").get<std::string>();
    point.preset = json.at("preset").get<std::string>();
    point.qp = json.at("qp").get<int>();
    point.frames = json.at("frames").get<int64_t>();
    point.frames_per_s = json.at("frames_per_s").get<double>();
    point.profile = json.value("profile", "");  // absent in results of earlier versions
    point.accuracy_name = json.at("accuracy_name").get<std::string>();
    point.error = json.at("error").get<std::string>();
    point.command = json.at("command").get<std::string>();
    point.stream_sha256 = json.value("stream_sha256", "");  // absent in results of earlier versions
    point.processor = json.value("processor", "");          // absent in results of earlier versions
    point.program = json.at("program").get<std::string>();
    for (const auto& [key, value] : json.at("values").items()) {
      if (FindMetric(key) == nullptr) return BadInput("unknown metric in a result point", where + ": " + key);
      point.values[key] = NumberFromJson(value);
    }
    point.frame_bits = NumbersFromJson(json.at("frame_bits"));
    point.frame_nrmse = NumbersFromJson(json.at("frame_nrmse"));
    point.frame_kl_nats = NumbersFromJson(json.at("frame_kl_nats"));
  } catch (const Json::exception& e) {
    return BadInput("malformed result point", where, e.what());
  }
  return point;
}

}  // namespace fsc
