#include "eval/suite.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

#include "core/address.h"
#include "core/frame_rate.h"
#include "core/json_value.h"
#include "core/resolve_path.h"

namespace fsc {
namespace {

constexpr size_t kMostTextBytes = 1 << 20;
constexpr int kMostSidePx = 16384;

// Optional keys of an object: the value, or `otherwise`.
Result<int> IntegerOr(const JsonValue& object, const std::string& key, int otherwise, int low, int high) {
  return object.Has(key) ? object.At(key).Integer(low, high) : Result<int>(otherwise);
}
Result<std::string> StringOr(const JsonValue& object, const std::string& key, const std::string& otherwise) {
  return object.Has(key) ? object.At(key).String(kMostTextBytes) : Result<std::string>(otherwise);
}
Result<std::vector<std::string>> StringsOrNone(const JsonValue& object, const std::string& key) {
  return object.Has(key) ? object.At(key).Strings(kMostTextBytes) : std::vector<std::string>();
}
Result<std::string> PathIn(const JsonValue& value, const std::string& suite_path) {
  FSC_ASSIGN_OR_RETURN(const std::string path, value.String(kMostTextBytes));
  if (!SchemeOf(path).empty())
    return BadInput("a suite is of files, and this is an address", value.Where(), "save it to a file first");
  return ResolvePath(path, suite_path, value.Where());
}

Result<Truth> ParseTruth(const JsonValue& value, const std::string& suite_path) {
  FSC_RETURN_IF_ERROR(value.CheckKeys({"kind", "path"}, {"label", "mot_class", "min_visibility"}));
  Truth truth;
  FSC_ASSIGN_OR_RETURN(truth.kind, value.At("kind").Word<TruthKind>({{"label_images", TruthKind::kLabelImages},
                                                                     {"mask_boxes", TruthKind::kMaskBoxes},
                                                                     {"mot", TruthKind::kMot},
                                                                     {"yolo_boxes", TruthKind::kYoloBoxes},
                                                                     {"coco_json", TruthKind::kCocoJson},
                                                                     {"class_csv", TruthKind::kClassCsv},
                                                                     {"track_rects", TruthKind::kTrackRects}}));
  // What a kind does not look at would have no effect.
  const bool by_label =
      truth.kind == TruthKind::kMot || truth.kind == TruthKind::kMaskBoxes || truth.kind == TruthKind::kTrackRects;
  for (const auto& [key, used] : {std::pair("label", by_label), std::pair("mot_class", truth.kind == TruthKind::kMot),
                                  std::pair("min_visibility", truth.kind == TruthKind::kMot)}) {
    if (value.Has(key) && !used) return BadInput("a truth of this kind has no such key", value.Where() + "." + key);
  }
  FSC_ASSIGN_OR_RETURN(truth.label, IntegerOr(value, "label", -1, -1, 65535));
  FSC_ASSIGN_OR_RETURN(truth.mot_class, IntegerOr(value, "mot_class", 1, -1, 1000));
  if (value.Has("min_visibility")) {
    FSC_ASSIGN_OR_RETURN(truth.min_visibility, value.At("min_visibility").Number(0, 1));
  }
  if (truth.kind == TruthKind::kMot && truth.label < 0)
    return BadInput("a mot truth needs the network's label of its objects", value.Where() + ".label");
  FSC_ASSIGN_OR_RETURN(truth.path, PathIn(value.At("path"), suite_path));
  return truth;
}

// A number, or a text as --fps takes it.
Result<TimeBase> ParseFps(const JsonValue& fps) {
  std::string text = fps.Text();
  if (fps.IsString()) {
    FSC_ASSIGN_OR_RETURN(text, fps.String(kMostTextBytes));
  }
  const Result<TimeBase> rate = ParseFrameRate(text);
  if ((fps.IsNumber() || fps.IsString()) && rate.ok()) return *rate;
  return BadInput("not a frame rate: " + fps.Text(), fps.Where(),
                  "give frames per second, 0.001 to 10000, as 25, 29.97 or \"30000/1001\"");
}

// [width, height].
Status ParseSize(const JsonValue& value, int least_px, int* width_px, int* height_px) {
  FSC_ASSIGN_OR_RETURN(const std::vector<int> size, value.Integers(least_px, kMostSidePx));
  if (size.size() != 2) return BadInput("not a size [width, height]", value.Where());
  *width_px = size[0];
  *height_px = size[1];
  return {};
}

// What a file of tensors does not say, and pictures say themselves.
Status ParseTensorSizes(const JsonValue& object, SuiteClip* clip) {
  const std::tuple<const char*, int*, int*> sizes[] = {
      {"input_size", &clip->input_width_px, &clip->input_height_px},
      {"source_size", &clip->source_width_px, &clip->source_height_px}};
  for (const auto& [key, width_px, height_px] : sizes) {
    if (!object.Has(key)) continue;
    if (!clip->tensors) return BadInput("sizes are told of tensors; pictures have their own", object.At(key).Where());
    FSC_RETURN_IF_ERROR(ParseSize(object.At(key), 1, width_px, height_px));
  }
  return {};
}

Result<SuiteClip> ParseClip(const JsonValue& object, const std::string& suite_path) {
  FSC_RETURN_IF_ERROR(object.CheckKeys(
      {"name", "path"}, {"frames", "size", "input_size", "source_size", "fps", "gop", "models", "strides", "truth"}));
  SuiteClip clip;
  FSC_ASSIGN_OR_RETURN(clip.name, object.At("name").String(kMostTextBytes));
  FSC_ASSIGN_OR_RETURN(clip.path, PathIn(object.At("path"), suite_path));
  const std::string extension = std::filesystem::path(clip.path).extension().string();
  clip.tensors = extension == ".npy" || extension == ".npz";
  if (object.Has("strides")) {
    FSC_ASSIGN_OR_RETURN(clip.strides_px, object.At("strides").Integers(1, 4096));
  }
  if (object.Has("frames")) {
    FSC_ASSIGN_OR_RETURN(const std::vector<int> range, object.At("frames").Integers(0, 1 << 30));
    if (range.size() != 2 || range[0] >= range[1])
      return BadInput("not a range [first, end] of frames", object.At("frames").Where());
    clip.first_frame = range[0];
    clip.end_frame = range[1];
  }
  if (object.Has("size")) {
    if (clip.tensors) return BadInput("tensors cannot be resized", object.At("size").Where());
    FSC_RETURN_IF_ERROR(ParseSize(object.At("size"), 8, &clip.width_px, &clip.height_px));
  }
  FSC_RETURN_IF_ERROR(ParseTensorSizes(object, &clip));
  if (object.Has("fps")) {
    FSC_ASSIGN_OR_RETURN(clip.frame_rate, ParseFps(object.At("fps")));
  }
  if (object.Has("gop")) {
    FSC_ASSIGN_OR_RETURN(clip.gop_frames, object.At("gop").Integer(1, 1024));
  }
  FSC_ASSIGN_OR_RETURN(clip.models, StringsOrNone(object, "models"));
  clip.truth_where = object.Where() + ".truth";
  if (object.Has("truth")) {
    FSC_ASSIGN_OR_RETURN(clip.truth, ParseTruth(object.At("truth"), suite_path));
  }
  return clip;
}

// [22, 27, ...] for all models, or {"default": [...], "MODEL": [...]}.
Status ParseQps(const JsonValue& value, SuiteConfig* config) {
  if (!value.IsObject()) {
    FSC_ASSIGN_OR_RETURN(config->qps, value.Integers(0, 63));
    return {};
  }
  for (const std::string& model : value.Keys()) {
    FSC_ASSIGN_OR_RETURN((model == "default" ? config->qps : config->model_qps[model]),
                         value.At(model).Integers(0, 63));
  }
  return {};
}

// {"MODEL": "path.fscp", ...}
Status ParseProfiles(const JsonValue& value, const std::string& suite_path, SuiteConfig* config) {
  if (!value.IsObject() || value.Keys().empty()) return value.WrongType("an object of one path a model");
  for (const std::string& model : value.Keys()) {
    FSC_ASSIGN_OR_RETURN(config->profiles[model], PathIn(value.At(model), suite_path));
  }
  return {};
}

// What the configuration codes with, and its options.
Status ParseCoder(const JsonValue& object, SuiteConfig* config) {
  if (object.Has("encode") + object.Has("remote") + object.Has("raw") != 1) {
    return BadInput("needs exactly one of encode, remote and raw", object.Where());
  }
  if (object.Has("raw")) {
    FSC_ASSIGN_OR_RETURN(const bool raw, object.At("raw").Bool());
    if (!raw) return BadInput("can only be true", object.At("raw").Where());
    config->kind = CoderKind::kRaw;
    if (object.Has("qps")) return BadInput("raw has no QP", object.At("qps").Where());
    return {};
  }
  const char* const key = object.Has("remote") ? "remote" : "encode";
  config->kind = object.Has("remote") ? CoderKind::kRemote : CoderKind::kStream;
  if (!object.At(key).IsString()) return object.At(key).WrongType("options as a string");
  const bool empty = object.At(key).Text() == "\"\"";  // the defaults
  if (!empty) {
    FSC_ASSIGN_OR_RETURN(config->options, object.At(key).String(kMostTextBytes));
  }
  if (object.Has("qps")) FSC_RETURN_IF_ERROR(ParseQps(object.At("qps"), config));
  if (config->qps.empty() && config->model_qps.empty()) return BadInput("needs a list of QPs", object.Where() + ".qps");
  return {};
}

Result<SuiteConfig> ParseConfig(const JsonValue& object, const std::string& suite_path,
                                const OptionParser& parse_options) {
  FSC_RETURN_IF_ERROR(object.CheckKeys({"name"}, {"encode", "remote", "raw", "qps", "models", "profiles"}));
  SuiteConfig config;
  FSC_ASSIGN_OR_RETURN(config.name, object.At("name").String(kMostTextBytes));
  FSC_ASSIGN_OR_RETURN(config.models, StringsOrNone(object, "models"));
  FSC_RETURN_IF_ERROR(ParseCoder(object, &config));
  if (object.Has("profiles")) {
    if (config.kind != CoderKind::kStream) return BadInput("only encode takes profiles", object.At("profiles").Where());
    FSC_RETURN_IF_ERROR(ParseProfiles(object.At("profiles"), suite_path, &config));
  }
  if (config.kind == CoderKind::kRaw) return config;

  Result<EncoderConfig> parsed = parse_options(config.options, config.kind);
  if (!parsed.ok()) {
    const Error& error = parsed.error();
    return BadInput(error.what, object.Where() + (error.where.empty() ? "" : ": " + error.where), error.advice);
  }
  config.encoder = *parsed;
  if (!config.profiles.empty() && config.encoder.profile != nullptr) {
    return BadInput("the options name a profile already", object.At("profiles").Where(),
                    "give the profiles in one place");
  }
  if (config.kind == CoderKind::kRemote && config.encoder.mode != "hevc" && config.encoder.mode != "h264") {
    return BadInput("remote inference codes the video with hevc or h264", object.At("remote").Where(),
                    "choose one of these modes");
  }
  return config;
}

// Names are unique.
template <class Entry>
Status CheckNames(const std::vector<Entry>& entries, const std::string& list, const std::string& path) {
  std::set<std::string> seen;
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string where = path + ", " + list + "[" + std::to_string(i) + "]";
    if (!seen.insert(entries[i].name).second) return BadInput("name used twice: " + entries[i].name, where);
  }
  return {};
}

Status CheckReferences(const Suite& suite) {
  const auto known = [&](const std::string& name) { return suite.FindModel(name) != nullptr; };
  for (size_t i = 0; i < suite.clips.size(); ++i) {
    const SuiteClip& clip = suite.clips[i];
    const std::string where = suite.path + ", clips[" + std::to_string(i) + "] " + clip.name;
    for (const std::string& name : clip.models) {
      if (!known(name)) return BadInput("unknown model " + name, where + ": models");
    }
    if (!clip.tensors && suite.models.empty()) return BadInput("a video needs a model", where, "list one in models");
    if (clip.tensors && clip.truth && clip.models.empty())
      return BadInput("labels without a network", where + ": truth", "name a model");
    if (clip.tensors && clip.truth && clip.truth->kind != TruthKind::kLabelImages &&
        clip.truth->kind != TruthKind::kClassCsv) {
      return BadInput("tensors can be scored against label_images and class_csv only", where + ": truth");
    }
    if (!clip.tensors && !clip.strides_px.empty())
      return BadInput("strides are for tensors; a model has its own", where + ": strides");
    if (!clip.models.empty() && !clip.strides_px.empty())
      return BadInput("the models have strides of their own", where + ": strides", "leave them out");
  }
  bool anchor_found = suite.anchor.empty();
  for (size_t i = 0; i < suite.configs.size(); ++i) {
    const SuiteConfig& config = suite.configs[i];
    const std::string where = suite.path + ", configs[" + std::to_string(i) + "] " + config.name;
    for (const std::string& name : config.models) {
      if (!known(name)) return BadInput("unknown model " + name, where + ": models");
    }
    for (const auto& [name, qps] : config.model_qps) {
      if (!known(name)) return BadInput("unknown model " + name, where + ": qps");
    }
    for (const auto& [name, profile] : config.profiles) {
      if (!known(name)) return BadInput("unknown model " + name, where + ": profiles");
    }
    anchor_found = anchor_found || config.name == suite.anchor;
  }
  if (!anchor_found) return BadInput("no configuration of the name " + suite.anchor, suite.path + ": anchor");
  return {};
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

const SuiteModel* Suite::FindModel(const std::string& wanted) const {
  for (const SuiteModel& model : models) {
    if (model.name == wanted) return &model;
  }
  return nullptr;
}

Result<Suite> ParseSuite(const std::string& json_text, const std::string& path, const OptionParser& parse_options) {
  FSC_ASSIGN_OR_RETURN(const JsonValue root, JsonValue::Parse(json_text, path));
  FSC_RETURN_IF_ERROR(
      root.CheckKeys({"name", "clips", "configs"}, {"comment", "anchor", "many_threads", "fit", "models"}));
  Suite suite;
  suite.path = path;
  FSC_ASSIGN_OR_RETURN(suite.name, root.At("name").String(kMostTextBytes));
  if (root.Has("comment") && !root.At("comment").IsString()) return root.At("comment").WrongType("a string");
  FSC_ASSIGN_OR_RETURN(suite.anchor, StringOr(root, "anchor", ""));
  FSC_ASSIGN_OR_RETURN(suite.many_threads, IntegerOr(root, "many_threads", 0, 0, 256));
  FSC_ASSIGN_OR_RETURN(const std::string fit, StringOr(root, "fit", "cubic"));
  const Result<CurveFit> parsed_fit = ParseCurveFit(fit);
  if (!parsed_fit.ok())
    return BadInput("unknown curve fit " + fit, root.At("fit").Where(), "use cubic, akima or pchip");
  suite.fit = *parsed_fit;
  if (root.Has("models")) {
    FSC_ASSIGN_OR_RETURN(const std::vector<JsonValue> models, root.At("models").Items());
    for (const JsonValue& model : models) {
      FSC_RETURN_IF_ERROR(model.CheckKeys({"name", "path"}, {}));
      SuiteModel entry;
      FSC_ASSIGN_OR_RETURN(entry.name, model.At("name").String(kMostTextBytes));
      FSC_ASSIGN_OR_RETURN(entry.path, PathIn(model.At("path"), path));
      suite.models.push_back(std::move(entry));
    }
  }
  FSC_ASSIGN_OR_RETURN(const std::vector<JsonValue> clips, root.At("clips").Items());
  for (const JsonValue& clip : clips) {
    FSC_ASSIGN_OR_RETURN(SuiteClip entry, ParseClip(clip, path));
    suite.clips.push_back(std::move(entry));
  }
  FSC_ASSIGN_OR_RETURN(const std::vector<JsonValue> configs, root.At("configs").Items());
  for (const JsonValue& config : configs) {
    FSC_ASSIGN_OR_RETURN(SuiteConfig entry, ParseConfig(config, path, parse_options));
    suite.configs.push_back(std::move(entry));
  }
  if (suite.clips.empty()) return BadInput("no clips", path, "list at least one in clips");
  if (suite.configs.empty()) return BadInput("no configurations", path, "list at least one in configs");
  FSC_RETURN_IF_ERROR(CheckNames(suite.models, "models", path));
  FSC_RETURN_IF_ERROR(CheckNames(suite.clips, "clips", path));
  FSC_RETURN_IF_ERROR(CheckNames(suite.configs, "configs", path));
  FSC_RETURN_IF_ERROR(CheckReferences(suite));
  return suite;
}

Result<Suite> ReadSuite(const std::string& path, const OptionParser& parse_options, const Limits& limits) {
  std::error_code failure;
  const uintmax_t size = std::filesystem::file_size(path, failure);
  if (failure == std::errc::no_such_file_or_directory) return NoSuchFile("cannot read the suite", path);
  if (failure) return IoError("cannot read the suite", path, failure.message());
  if (size > uintmax_t(limits.max_json_bytes)) return BadInput("suite too large", path);
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file.good() && !file.eof()) return IoError("cannot read the suite", path);
  return ParseSuite(text, path, parse_options);
}

std::string PointPlan::ProfilePath() const {
  const auto found = model == nullptr ? config->profiles.end() : config->profiles.find(model->name);
  return found == config->profiles.end() ? std::string() : found->second;
}

std::vector<PointPlan> PlanPoints(const Suite& suite) {
  std::vector<PointPlan> plans;
  const auto add = [&](const SuiteClip& clip, const SuiteModel* model) {
    for (const SuiteConfig& config : suite.configs) {
      if (model != nullptr && !config.models.empty() && !Contains(config.models, model->name)) continue;
      if (!config.profiles.empty() && (model == nullptr || !config.profiles.contains(model->name))) continue;
      if (config.kind == CoderKind::kRemote && (clip.tensors || model == nullptr))
        continue;  // there is no video to send
      const auto own = model == nullptr ? config.model_qps.end() : config.model_qps.find(model->name);
      std::vector<int> qps = own == config.model_qps.end() ? config.qps : own->second;
      if (config.kind == CoderKind::kRaw) qps = {-1};
      for (const int qp : qps) plans.push_back({&clip, model, &config, qp});
    }
  };
  for (const SuiteClip& clip : suite.clips) {
    if (clip.tensors && clip.models.empty()) add(clip, nullptr);
    if (clip.tensors && clip.models.empty()) continue;
    for (const SuiteModel& model : suite.models) {
      if (clip.models.empty() || Contains(clip.models, model.name)) add(clip, &model);
    }
  }
  return plans;
}

}  // namespace fsc
