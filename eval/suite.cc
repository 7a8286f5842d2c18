#include "eval/suite.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "core/frame_rate.h"
#include "core/resolve_path.h"
#include "eval/strict_json.h"

namespace fsc {
namespace {

using nlohmann::json;

Result<Truth> ParseTruth(const json& value, const std::string& where, const std::string& suite_path) {
  StrictObject object(value, where);
  Truth truth;
  const std::string kind = object.RequiredString("kind");
  const std::map<std::string, TruthKind> kinds = {{"label_images", TruthKind::kLabelImages},
                                                  {"mask_boxes", TruthKind::kMaskBoxes},
                                                  {"mot", TruthKind::kMot},
                                                  {"yolo_boxes", TruthKind::kYoloBoxes},
                                                  {"coco_json", TruthKind::kCocoJson},
                                                  {"class_csv", TruthKind::kClassCsv},
                                                  {"track_rects", TruthKind::kTrackRects}};
  const auto found = kinds.find(kind);
  if (found == kinds.end()) {
    object.Fail("unknown kind of truth \"" + kind +
                    "\" (label_images, mask_boxes, mot, yolo_boxes, coco_json, class_csv or track_rects)",
                object.WhereIs("kind"));
  } else {
    truth.kind = found->second;
  }
  const std::string path = object.RequiredString("path");
  truth.label = int(object.Integer("label", -1, -1, 65535));
  truth.mot_class = int(object.Integer("mot_class", 1, -1, 1000));
  truth.min_visibility = object.Number("min_visibility", 0.25, 0, 1);
  if (truth.kind == TruthKind::kMot && truth.label < 0)
    object.Fail("a mot truth needs the network's label of its objects", object.WhereIs("label"));
  FSC_RETURN_IF_ERROR(object.Finish());
  FSC_ASSIGN_OR_RETURN(truth.path, ResolvePath(path, suite_path, where + ": path"));
  return truth;
}

// A number, or a text as --fps takes it.
std::optional<TimeBase> ParseFps(StrictObject* object) {
  const json* fps = object->Find("fps");
  if (fps == nullptr) return std::nullopt;
  const bool usable = fps->is_number() || fps->is_string();
  Result<TimeBase> rate = ParseFrameRate(usable && fps->is_string() ? fps->get<std::string>() : fps->dump());
  if (usable && rate.ok()) return *rate;
  object->Fail("not a frame rate: " + fps->dump(), object->WhereIs("fps"),
               "give frames per second, 0.001 to 10000, as 25, 29.97 or \"30000/1001\"");
  return std::nullopt;
}

Result<SuiteClip> ParseClip(const json& value, const std::string& where, const std::string& suite_path) {
  StrictObject object(value, where);
  SuiteClip clip;
  clip.name = object.RequiredString("name");
  const std::string path = object.RequiredString("path");
  const std::string extension = std::filesystem::path(path).extension().string();
  clip.tensors = extension == ".npy" || extension == ".npz";
  clip.strides_px = object.Integers("strides", 1, 4096);
  if (object.has("frames")) {
    const std::vector<int> range = object.Integers("frames", 0, 1 << 30);
    if (range.size() == 2 && range[0] < range[1]) {
      clip.first_frame = range[0];
      clip.end_frame = range[1];
    } else {
      object.Fail("not a range [first, end] of frames", object.WhereIs("frames"));
    }
  }
  if (object.has("size")) {
    const std::vector<int> size = object.Integers("size", 8, 16384);
    if (size.size() == 2 && !clip.tensors) {
      clip.width_px = size[0];
      clip.height_px = size[1];
    } else {
      object.Fail(clip.tensors ? "tensors cannot be resized" : "not a size [width, height]", object.WhereIs("size"));
    }
  }
  clip.frame_rate = ParseFps(&object);
  clip.gop_frames = int(object.Integer("gop", 0, 1, 1024));
  clip.models = object.Strings("models");
  clip.truth_where = where + ": truth";
  const json* truth = object.Find("truth");
  FSC_RETURN_IF_ERROR(object.Finish());
  if (truth != nullptr) {
    FSC_ASSIGN_OR_RETURN(clip.truth, ParseTruth(*truth, clip.truth_where, suite_path));
  }
  FSC_ASSIGN_OR_RETURN(clip.path, ResolvePath(path, suite_path, where + ": path"));
  return clip;
}

// [22, 27, ...] for all models, or {"default": [...], "MODEL": [...]}.
void ParseQps(const json& value, StrictObject* object, SuiteConfig* config) {
  const std::string where = object->WhereIs("qps");
  if (!value.is_object()) {
    config->qps = object->IntegersOf(value, where, 0, 63);
    return;
  }
  for (const auto& [model, list] : value.items()) {
    (model == "default" ? config->qps : config->model_qps[model]) =
        object->IntegersOf(list, where + "." + model, 0, 63);
  }
}

// {"MODEL": "path.fscp", ...}
Status ParseProfiles(const json& value, const std::string& where, const std::string& suite_path, SuiteConfig* config) {
  if (!value.is_object() || value.empty()) return BadInput("not an object of one path a model", where);
  for (const auto& [model, path] : value.items()) {
    if (!path.is_string()) return BadInput("not a path", where + "." + model);
    FSC_ASSIGN_OR_RETURN(config->profiles[model],
                         ResolvePath(path.get<std::string>(), suite_path, where + "." + model));
  }
  return {};
}

Result<SuiteConfig> ParseConfig(const json& value, const std::string& where, const std::string& suite_path,
                                const OptionParser& parse_options) {
  StrictObject object(value, where);
  SuiteConfig config;
  config.name = object.RequiredString("name");
  config.models = object.Strings("models");
  if (object.has("encode") + object.has("remote") + object.has("raw") != 1) {
    object.Fail("needs exactly one of encode, remote and raw", where);
  }
  const bool is_raw = object.Bool("raw", false);
  const std::string remote = object.String("remote", "");
  config.options = object.String("encode", "");
  config.kind = object.has("remote") ? CoderKind::kRemote : object.has("raw") ? CoderKind::kRaw : CoderKind::kStream;
  if (config.kind == CoderKind::kRaw && !is_raw) object.Fail("can only be true", object.WhereIs("raw"));
  if (config.kind == CoderKind::kRemote) config.options = remote;
  if (const json* qps = object.Find("qps")) ParseQps(*qps, &object, &config);
  const bool has_qps = !config.qps.empty() || !config.model_qps.empty();
  if (config.kind == CoderKind::kRaw && has_qps) object.Fail("raw has no QP", object.WhereIs("qps"));
  if (config.kind != CoderKind::kRaw && !has_qps) object.Fail("needs a list of QPs", object.WhereIs("qps"));
  const json* profiles = object.Find("profiles");
  if (profiles != nullptr && config.kind != CoderKind::kStream) {
    object.Fail("only encode takes profiles", object.WhereIs("profiles"));
  }
  FSC_RETURN_IF_ERROR(object.Finish());
  if (profiles != nullptr) FSC_RETURN_IF_ERROR(ParseProfiles(*profiles, where + ": profiles", suite_path, &config));
  if (config.kind == CoderKind::kRaw) return config;

  Result<EncoderConfig> parsed = parse_options(config.options, config.kind);
  if (!parsed.ok()) {
    const Error& error = parsed.error();
    return BadInput(error.what, where + (error.where.empty() ? "" : ": " + error.where), error.advice);
  }
  config.encoder = *parsed;
  if (!config.profiles.empty() && config.encoder.profile != nullptr) {
    return BadInput("the options name a profile already", where + ": profiles", "give the profiles in one place");
  }
  if (config.kind == CoderKind::kRemote && config.encoder.mode != "hevc" && config.encoder.mode != "h264") {
    return BadInput("remote inference codes the video with hevc or h264", where + ": remote",
                    "choose one of these modes");
  }
  return config;
}

// Names are unique and not empty.
template <class Entry>
Status CheckNames(const std::vector<Entry>& entries, const std::string& list, const std::string& path) {
  std::set<std::string> seen;
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string where = path + ", " + list + "[" + std::to_string(i) + "]";
    if (entries[i].name.empty()) return BadInput("empty name", where);
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
  const json root = json::parse(json_text, nullptr, false);
  if (root.is_discarded()) return BadInput("malformed JSON", path);
  StrictObject object(root, path);
  Suite suite;
  suite.path = path;
  suite.name = object.RequiredString("name");
  object.String("comment", "");
  suite.anchor = object.String("anchor", "");
  suite.many_threads = int(object.Integer("many_threads", 0, 0, 256));
  const std::string fit = object.String("fit", "cubic");
  const json& models = object.List("models");
  const json& clips = object.List("clips");
  const json& configs = object.List("configs");
  FSC_RETURN_IF_ERROR(object.Finish());
  const Result<CurveFit> parsed_fit = ParseCurveFit(fit);
  if (!parsed_fit.ok()) return BadInput("unknown curve fit " + fit, path + ": fit", "use cubic, akima or pchip");
  suite.fit = *parsed_fit;
  for (size_t i = 0; i < models.size(); ++i) {
    const std::string where = path + ", models[" + std::to_string(i) + "]";
    StrictObject entry(models[i], where);
    SuiteModel model{entry.RequiredString("name"), entry.RequiredString("path")};
    FSC_RETURN_IF_ERROR(entry.Finish());
    FSC_ASSIGN_OR_RETURN(model.path, ResolvePath(model.path, path, where + ": path"));
    suite.models.push_back(std::move(model));
  }
  for (size_t i = 0; i < clips.size(); ++i) {
    FSC_ASSIGN_OR_RETURN(SuiteClip clip, ParseClip(clips[i], path + ", clips[" + std::to_string(i) + "]", path));
    suite.clips.push_back(std::move(clip));
  }
  for (size_t i = 0; i < configs.size(); ++i) {
    FSC_ASSIGN_OR_RETURN(SuiteConfig config,
                         ParseConfig(configs[i], path + ", configs[" + std::to_string(i) + "]", path, parse_options));
    suite.configs.push_back(std::move(config));
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
