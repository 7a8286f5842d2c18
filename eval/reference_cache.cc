#include "eval/reference_cache.h"

#include <unistd.h>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "eval/processor.h"
#include "streams/digest.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::vector<uint8_t> FrameBytes(const ReferenceFrame& f) {
  ByteWriter out;
  out.SignedLeb128(f.frame.timestamp_ticks);
  out.U32(uint32_t(f.source_width_px));
  out.U32(uint32_t(f.source_height_px));
  out.U32(uint32_t(f.luma.width()));
  out.U32(uint32_t(f.luma.height()));
  out.Bytes(f.luma.samples());
  out.U8(uint8_t(f.result.kind));
  out.U8(uint8_t(f.result.raw_shape.size()));
  for (const int64_t size : f.result.raw_shape) out.U64(uint64_t(size));
  out.U64(f.result.raw.size());
  out.Bytes({reinterpret_cast<const uint8_t*>(f.result.raw.data()),
             f.result.raw.size() * sizeof(float)});  // this machine's own file
  out.U32(uint32_t(f.result.top_labels.size()));
  for (size_t i = 0; i < f.result.top_labels.size(); ++i) {
    out.U32(uint32_t(f.result.top_labels[i]));
    out.F32(i < f.result.top_scores.size() ? f.result.top_scores[i] : 0);
  }
  out.U32(uint32_t(f.result.width_px));
  out.U32(uint32_t(f.result.height_px));
  out.U64(f.result.labels.size());
  out.Bytes(f.result.labels);
  out.U32(uint32_t(f.result.detections.size()));
  for (const Detection& d : f.result.detections) {
    for (const float v : {d.x1_px, d.y1_px, d.x2_px, d.y2_px, d.score}) out.F32(v);
    out.U32(uint32_t(d.label));
  }
  return out.Take();
}

Status ParseFrame(std::span<const uint8_t> bytes, const std::string& where, ReferenceFrame* f) {
  ByteReader in(bytes);
  f->frame.timestamp_ticks = in.SignedLeb128();
  f->source_width_px = int(in.U32());
  f->source_height_px = int(in.U32());
  const uint32_t width = in.U32(), height = in.U32();
  const auto luma = in.Bytes(uint64_t{width} * height);
  if (!luma.empty()) {
    f->luma = Plane<uint8_t>(int(width), int(height));
    std::copy(luma.begin(), luma.end(), f->luma.samples().begin());
  }
  TaskResult& r = f->result;
  r.kind = TaskKind(in.U8());
  r.raw_shape.resize(in.U8());
  for (int64_t& size : r.raw_shape) size = int64_t(in.U64());
  const auto raw = in.Bytes(in.U64() * sizeof(float));
  r.raw.resize(raw.size() / sizeof(float));
  if (!raw.empty()) std::memcpy(r.raw.data(), raw.data(), raw.size());
  for (uint32_t i = in.U32(); i > 0 && !in.broken(); --i) {
    r.top_labels.push_back(int(in.U32()));
    r.top_scores.push_back(in.F32());
  }
  r.width_px = int(in.U32());
  r.height_px = int(in.U32());
  const auto labels = in.Bytes(in.U64());
  r.labels.assign(labels.begin(), labels.end());
  for (uint32_t i = in.U32(); i > 0 && !in.broken(); --i) {
    Detection d{};
    for (float* v : {&d.x1_px, &d.y1_px, &d.x2_px, &d.y2_px, &d.score}) *v = in.F32();
    d.label = int(in.U32());
    r.detections.push_back(d);
  }
  return in.CheckAtEnd("cached frame", where);
}

constexpr char kPartExtension[] = ".part";

// Folders `prefix`PID.part of processes that are no more.
void RemoveAbandoned(const std::string& prefix) {
  std::error_code failure;
  const fs::path parent = fs::path(prefix).parent_path();
  for (fs::directory_iterator it(parent, failure), end; !failure && it != end; it.increment(failure)) {
    const std::string path = it->path().string();
    if (!path.starts_with(prefix) || !path.ends_with(kPartExtension)) continue;
    pid_t pid = 0;
    const auto parsed = std::from_chars(path.data() + prefix.size(), path.data() + path.size(), pid);
    std::error_code ignored;
    if (parsed.ec == std::errc() && pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(path, ignored);
  }
}

}  // namespace

std::string ReferenceInfoToJson(const ReferenceInfo& info) {
  Json layers = Json::array();
  for (const LayerSpec& layer : info.stream.layers) {
    layers.push_back(
        {layer.name, layer.channels, layer.height_cells, layer.width_cells, layer.stride_px, layer.phase_px16});
  }
  Json values = Json::object();
  for (const auto& [key, value] : info.values) {
    if (std::isfinite(value)) values[key] = value;
  }
  Json warnings = Json::array();
  for (const Warning& w : info.warnings.list()) warnings.push_back({w.kind, w.what, w.where, w.advice, w.count});
  const StreamInfo& s = info.stream;
  const Json json = {{"layers", layers},
                     {"time_base", {s.time_base.num, s.time_base.den}},
                     {"frame_rate", {s.frame_rate.num, s.frame_rate.den}},
                     {"input", {s.input_width_px, s.input_height_px}},
                     {"source", {s.source_width_px, s.source_height_px}},
                     {"model_id", s.model_id},
                     {"model_sha256", s.model_sha256},
                     {"frames", info.frames},
                     {"seconds", info.seconds},
                     {"has_results", info.has_results},
                     {"accuracy_name", info.accuracy_name},
                     {"values", values},
                     {"warnings", warnings}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

Result<ReferenceInfo> ReferenceInfoFromJson(const std::string& text, const std::string& where) {
  ReferenceInfo info;
  try {
    const Json json = Json::parse(text);
    StreamInfo& s = info.stream;
    for (const Json& l : json.at("layers")) {
      s.layers.push_back({l.at(0).get<std::string>(), l.at(1).get<int>(), l.at(2).get<int>(), l.at(3).get<int>(),
                          l.at(4).get<int>(), l.at(5).get<int>()});
    }
    s.time_base = {json.at("time_base").at(0).get<int>(), json.at("time_base").at(1).get<int>()};
    s.frame_rate = {json.at("frame_rate").at(0).get<int>(), json.at("frame_rate").at(1).get<int>()};
    s.input_width_px = json.at("input").at(0).get<int>();
    s.input_height_px = json.at("input").at(1).get<int>();
    s.source_width_px = json.at("source").at(0).get<int>();
    s.source_height_px = json.at("source").at(1).get<int>();
    s.model_id = json.at("model_id").get<std::string>();
    s.model_sha256 = json.at("model_sha256").get<Sha256>();
    info.frames = json.at("frames").get<int64_t>();
    info.seconds = json.at("seconds").get<double>();
    info.has_results = json.at("has_results").get<bool>();
    info.accuracy_name = json.at("accuracy_name").get<std::string>();
    info.values = json.at("values").get<std::map<std::string, double>>();
    for (const Json& w : json.value("warnings", Json::array())) {  // absent in caches of earlier versions
      info.warnings.Add({w.at(0).get<std::string>(), w.at(1).get<std::string>(), w.at(2).get<std::string>(),
                         w.at(3).get<std::string>(), w.at(4).get<int64_t>()});
    }
  } catch (const Json::exception& e) {
    return BadInput("malformed cache", where, std::string("remove it: ") + e.what());
  }
  return info;
}

Result<ReferenceInfo> ReadReferenceInfo(const std::string& folder) {
  std::ifstream meta(folder + "/meta.json");
  if (!meta) return IoError("cannot read", folder + "/meta.json");
  const std::string text((std::istreambuf_iterator<char>(meta)), {});
  return ReferenceInfoFromJson(text, folder + "/meta.json");
}

ReferenceWriter::~ReferenceWriter() {
  std::error_code ignored;
  if (!part_.empty()) fs::remove_all(part_, ignored);
}

Result<std::unique_ptr<ReferenceWriter>> ReferenceWriter::Create(const std::string& folder,
                                                                 const std::vector<LayerSpec>& layers) {
  auto writer = std::make_unique<ReferenceWriter>();
  writer->folder_ = folder;
  const std::string mine = folder + "." + HostName() + ".";
  RemoveAbandoned(mine);
  writer->part_ = mine + std::to_string(getpid()) + kPartExtension;
  std::error_code failure;
  if (!fs::create_directories(writer->part_, failure))
    return IoError("cannot create the folder", writer->part_, failure.message());
  FSC_ASSIGN_OR_RETURN(writer->features_,
                       CreateTensorFile(writer->part_ + "/features.npz", layers, TensorType::kFloat32));
  writer->frames_.open(writer->part_ + "/frames.bin", std::ios::binary);
  return writer;
}

Status ReferenceWriter::Write(const ReferenceFrame& frame) {
  FSC_RETURN_IF_ERROR(features_->Write(frame.frame));
  const std::vector<uint8_t> bytes = FrameBytes(frame);
  const uint64_t size = bytes.size();
  frames_.write(reinterpret_cast<const char*>(&size), sizeof(size));
  frames_.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(size));
  if (!frames_) return IoError("cannot write", part_ + "/frames.bin");
  return {};
}

Status ReferenceWriter::Finish(const ReferenceInfo& info) {
  FSC_RETURN_IF_ERROR(features_->Finish());
  frames_.close();
  std::ofstream meta(part_ + "/meta.json");
  meta << ReferenceInfoToJson(info);
  meta.close();
  if (!frames_ || !meta) return IoError("cannot write", part_);
  std::error_code failure;
  fs::rename(part_, folder_, failure);
  if (failure && ReferenceExists(folder_)) return {};
  if (failure) return IoError("cannot rename", part_, failure.message());
  part_.clear();
  return {};
}

Result<std::unique_ptr<ReferenceReader>> ReferenceReader::Open(const std::string& folder, const Limits& limits) {
  auto reader = std::make_unique<ReferenceReader>();
  reader->folder_ = folder;
  FSC_ASSIGN_OR_RETURN(reader->info_, ReadReferenceInfo(folder));
  FSC_ASSIGN_OR_RETURN(reader->features_, OpenTensorFile(folder + "/features.npz", limits));
  reader->frames_.open(folder + "/frames.bin", std::ios::binary);
  if (!reader->frames_) return IoError("cannot read", folder + "/frames.bin");
  return reader;
}

Result<std::optional<ReferenceFrame>> ReferenceReader::Next(bool with_result) {
  FSC_ASSIGN_OR_RETURN(auto features, features_->Next());
  if (!features) return std::optional<ReferenceFrame>();
  uint64_t size = 0;
  frames_.read(reinterpret_cast<char*>(&size), sizeof(size));
  if (!frames_ || size > (uint64_t{1} << 32))
    return IoError("cache is cut short", folder_ + "/frames.bin", "remove it");
  std::vector<uint8_t> bytes(size);
  frames_.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(size));
  if (!frames_) return IoError("cache is cut short", folder_ + "/frames.bin", "remove it");
  ReferenceFrame out;
  FSC_RETURN_IF_ERROR(ParseFrame(bytes, folder_ + "/frames.bin", &out));
  const int64_t ticks = out.frame.timestamp_ticks;
  out.frame = std::move(*features);
  out.frame.timestamp_ticks = ticks;
  if (!with_result) out.result = {};
  return std::optional<ReferenceFrame>(std::move(out));
}

bool ReferenceExists(const std::string& folder) {
  std::error_code failure;
  return fs::exists(folder + "/meta.json", failure);
}

}  // namespace fsc
