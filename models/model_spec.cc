#include "models/model_spec.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "core/resolve_path.h"

namespace fsc {
namespace {

using Json = nlohmann::json;

constexpr int kMaxLabels = 65536;

// A JSON value and where it stands, for errors: "resnet18.json, input.mean[2]".
struct Node {
  const Json* value;
  const std::string* file;
  std::string path;

  std::string Where() const { return path.empty() ? *file : *file + ", " + path; }
  Node At(const std::string& key) const { return {&(*value)[key], file, path.empty() ? key : path + "." + key}; }
  Node At(size_t i) const { return {&(*value)[i], file, path + "[" + std::to_string(i) + "]"}; }
  bool Has(const std::string& key) const { return value->contains(key); }
};

Error WrongType(const Node& node, const std::string& expected) {
  return BadInput("expected " + expected + ", found " + node.value->type_name(), node.Where());
}

std::string Join(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

// An object with every key of `required` and no key outside `required` and `optional`.
Status CheckKeys(const Node& node, std::initializer_list<std::string_view> required,
                 std::initializer_list<std::string_view> optional) {
  if (!node.value->is_object()) return WrongType(node, "an object");
  const auto holds = [](std::initializer_list<std::string_view> keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  for (const auto& [key, unused] : node.value->items()) {
    if (holds(required, key) || holds(optional, key)) continue;
    std::string allowed = Join(required);
    if (optional.size() > 0) allowed += (allowed.empty() ? "" : ", ") + Join(optional);
    return BadInput("unknown key \"" + key.substr(0, 80) + "\"", node.Where(), "allowed here: " + allowed);
  }
  for (const std::string_view key : required) {
    if (!node.Has(std::string(key))) {
      return BadInput("missing key \"" + std::string(key) + "\"", node.Where(), "see docs/models.md");
    }
  }
  return {};
}

Result<std::string> ReadString(const Node& node, size_t max_bytes) {
  if (!node.value->is_string()) return WrongType(node, "a string");
  std::string text = node.value->get<std::string>();
  if (text.empty() || text.size() > max_bytes || text.find('\0') != std::string::npos) {
    return BadInput("expected a string of 1.." + std::to_string(max_bytes) + " bytes", node.Where());
  }
  return text;
}

Result<double> ReadNumber(const Node& node, double low, double high) {
  if (!node.value->is_number()) return WrongType(node, "a number");
  const double number = node.value->get<double>();
  if (!(number >= low && number <= high)) {
    return BadInput("value " + node.value->dump() + " is out of range", node.Where(),
                    "allowed: " + Json(low).dump() + " to " + Json(high).dump());
  }
  return number;
}

Result<int> ReadInt(const Node& node, int low, int high) {
  if (!node.value->is_number_integer()) return WrongType(node, "an integer");
  FSC_ASSIGN_OR_RETURN(const double number, ReadNumber(node, low, high));
  return int(number);
}

Result<bool> ReadBool(const Node& node) {
  if (!node.value->is_boolean()) return WrongType(node, "true or false");
  return node.value->get<bool>();
}

// One of the words, as the number beside it.
template <class Enum>
Result<Enum> ReadWord(const Node& node, std::initializer_list<std::pair<std::string_view, Enum>> words) {
  std::string allowed;
  for (const auto& [word, meaning] : words) {
    if (node.value->is_string() && node.value->get_ref<const std::string&>() == word) return meaning;
    allowed += (allowed.empty() ? "" : ", ") + std::string(word);
  }
  if (!node.value->is_string()) return WrongType(node, "one of " + allowed);
  return BadInput("unknown value " + node.value->dump().substr(0, 80), node.Where(), "allowed: " + allowed);
}

// Three numbers, or one for all three channels.
Result<std::array<float, 3>> ReadTriple(const Node& node, double low, double high) {
  std::array<float, 3> triple{};
  if (node.value->is_number()) {
    FSC_ASSIGN_OR_RETURN(const double number, ReadNumber(node, low, high));
    triple.fill(float(number));
    return triple;
  }
  if (!node.value->is_array() || node.value->size() != 3) return WrongType(node, "a number or an array of 3 numbers");
  for (size_t i = 0; i < 3; ++i) {
    FSC_ASSIGN_OR_RETURN(const double number, ReadNumber(node.At(i), low, high));
    triple[i] = float(number);
  }
  return triple;
}

Result<std::string> ReadPath(const Node& node) {
  FSC_ASSIGN_OR_RETURN(const std::string text, ReadString(node, 4096));
  return ResolvePath(text, *node.file, node.Where());
}

Result<InputSpec> ReadInput(const Node& node) {
  FSC_RETURN_IF_ERROR(CheckKeys(node, {"order"},
                                {"divide", "mean", "std", "divide_after", "resize", "width", "height", "short_side",
                                 "interpolation", "multiple", "pad_value"}));
  const Limits limits;
  InputSpec input;
  FSC_ASSIGN_OR_RETURN(input.rgb, ReadWord<bool>(node.At("order"), {{"rgb", true}, {"bgr", false}}));
  if (node.Has("divide")) {
    FSC_ASSIGN_OR_RETURN(const double divide, ReadNumber(node.At("divide"), 1e-6, 1e6));
    input.divide = float(divide);
  } else {
    input.divide = 1.0f;
  }
  if (node.Has("mean")) {
    FSC_ASSIGN_OR_RETURN(input.mean, ReadTriple(node.At("mean"), -1e6, 1e6));
  }
  if (node.Has("std")) {
    FSC_ASSIGN_OR_RETURN(input.std, ReadTriple(node.At("std"), 1e-6, 1e6));
  }
  if (node.Has("divide_after")) {
    FSC_ASSIGN_OR_RETURN(const double divide, ReadNumber(node.At("divide_after"), 1e-6, 1e6));
    input.divide_after = float(divide);
  }
  if (node.Has("resize")) {
    FSC_ASSIGN_OR_RETURN(input.resize,
                         ReadWord<ResizeRule>(node.At("resize"), {{"none", ResizeRule::kNone},
                                                                  {"stretch", ResizeRule::kStretch},
                                                                  {"short_side", ResizeRule::kShortSide},
                                                                  {"letterbox", ResizeRule::kLetterbox}}));
  }
  // Sizes are required where the rule reads them and refused where it does not.
  const auto read_size = [&](const char* key, bool wanted, int* size_px) -> Status {
    if (!wanted && node.Has(key)) {
      return BadInput(std::string("key \"") + key + "\" has no meaning with this resize rule", node.Where(),
                      "width and height go with stretch, short_side and letterbox; short_side with short_side");
    }
    if (!wanted) return {};
    if (!node.Has(key))
      return BadInput(std::string("missing key \"") + key + "\"", node.Where(), "this resize rule needs it");
    FSC_ASSIGN_OR_RETURN(*size_px, ReadInt(node.At(key), 1, limits.max_picture_size_px));
    return {};
  };
  const bool sized = input.resize != ResizeRule::kNone;
  FSC_RETURN_IF_ERROR(read_size("width", sized, &input.width_px));
  FSC_RETURN_IF_ERROR(read_size("height", sized, &input.height_px));
  FSC_RETURN_IF_ERROR(read_size("short_side", input.resize == ResizeRule::kShortSide, &input.short_side_px));
  if (node.Has("interpolation")) {
    FSC_ASSIGN_OR_RETURN(input.interpolation,
                         ReadWord<Interpolation>(node.At("interpolation"), {{"linear", Interpolation::kLinear},
                                                                            {"nearest", Interpolation::kNearest},
                                                                            {"area", Interpolation::kArea},
                                                                            {"cubic", Interpolation::kCubic}}));
  }
  if (node.Has("multiple")) {
    FSC_ASSIGN_OR_RETURN(input.multiple_px, ReadInt(node.At("multiple"), 1, 4096));
  }
  if (node.Has("pad_value")) {
    FSC_ASSIGN_OR_RETURN(const double pad, ReadNumber(node.At("pad_value"), 0, 255));
    input.pad_value = float(pad);
  }
  return input;
}

Result<std::vector<LayerSpec>> ReadLayers(const Node& node, const Limits& limits) {
  if (!node.value->is_array()) return WrongType(node, "an array of layers");
  if (node.value->empty() || node.value->size() > size_t(limits.max_layers)) {
    return BadInput(
        "expected 1.." + std::to_string(limits.max_layers) + " layers, found " + std::to_string(node.value->size()),
        node.Where());
  }
  std::vector<LayerSpec> layers;
  std::set<std::string> names;
  for (size_t i = 0; i < node.value->size(); ++i) {
    const Node item = node.At(i);
    FSC_RETURN_IF_ERROR(CheckKeys(item, {"name", "channels", "stride"}, {"phase"}));
    LayerSpec layer;
    FSC_ASSIGN_OR_RETURN(layer.name, ReadString(item.At("name"), size_t(limits.max_name_bytes)));
    if (!names.insert(layer.name).second) {
      return BadInput("two layers are called \"" + layer.name + "\"", item.Where(), "give each layer its own name");
    }
    FSC_ASSIGN_OR_RETURN(layer.channels, ReadInt(item.At("channels"), 1, limits.max_channels));
    FSC_ASSIGN_OR_RETURN(layer.stride_px, ReadInt(item.At("stride"), 1, 4096));
    if (item.Has("phase")) {
      FSC_ASSIGN_OR_RETURN(const double phase_px, ReadNumber(item.At("phase"), -4096, 4096));
      layer.phase_px16 = int(std::lround(16.0 * phase_px));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

Result<std::vector<std::string>> ReadLabelsFile(const Node& node, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const std::string path, ReadPath(node));
  std::ifstream file(path);
  if (!file) return IoError("cannot read the label file", path, "named by " + node.Where());
  std::vector<std::string> labels;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.size() > size_t(limits.max_name_bytes) || labels.size() >= kMaxLabels) {
      return BadInput("expected one label of 1.." + std::to_string(limits.max_name_bytes) + " bytes a line",
                      path + ", line " + std::to_string(labels.size() + 1));
    }
    labels.push_back(line);
  }
  if (labels.empty()) return BadInput("the label file is empty", path, "named by " + node.Where());
  return labels;
}

Result<TaskSpec> ReadTask(const Node& node, const Limits& limits) {
  FSC_RETURN_IF_ERROR(
      CheckKeys(node, {"kind"}, {"labels", "labels_file", "score_threshold", "nms_iou", "ignore_label"}));
  TaskSpec task;
  FSC_ASSIGN_OR_RETURN(task.kind, ReadWord<TaskKind>(node.At("kind"), {{"none", TaskKind::kNone},
                                                                       {"classification", TaskKind::kClassification},
                                                                       {"segmentation", TaskKind::kSegmentation},
                                                                       {"detection", TaskKind::kDetection}}));
  const auto only_for = [&](const char* key, TaskKind kind) -> Status {
    if (!node.Has(key) || task.kind == kind) return {};
    return BadInput(std::string("key \"") + key + "\" has no meaning for this kind of task", node.Where(), "remove it");
  };
  FSC_RETURN_IF_ERROR(only_for("score_threshold", TaskKind::kDetection));
  FSC_RETURN_IF_ERROR(only_for("nms_iou", TaskKind::kDetection));
  FSC_RETURN_IF_ERROR(only_for("ignore_label", TaskKind::kSegmentation));

  if (node.Has("labels") && node.Has("labels_file")) {
    return BadInput("both \"labels\" and \"labels_file\" are given", node.Where(), "keep one of them");
  }
  if (node.Has("labels_file")) {
    FSC_ASSIGN_OR_RETURN(task.labels, ReadLabelsFile(node.At("labels_file"), limits));
  }
  if (node.Has("labels")) {
    const Node labels = node.At("labels");
    if (!labels.value->is_array() || labels.value->empty() || labels.value->size() > kMaxLabels) {
      return WrongType(labels, "an array of 1.." + std::to_string(kMaxLabels) + " label names");
    }
    for (size_t i = 0; i < labels.value->size(); ++i) {
      FSC_ASSIGN_OR_RETURN(std::string label, ReadString(labels.At(i), size_t(limits.max_name_bytes)));
      task.labels.push_back(std::move(label));
    }
  }
  if (node.Has("score_threshold")) {
    FSC_ASSIGN_OR_RETURN(task.score_threshold, ReadNumber(node.At("score_threshold"), 0, 1));
  }
  if (node.Has("nms_iou")) {
    FSC_ASSIGN_OR_RETURN(task.nms_iou, ReadNumber(node.At("nms_iou"), 0, 1));
  }
  if (node.Has("ignore_label")) {
    FSC_ASSIGN_OR_RETURN(task.ignore_label, ReadInt(node.At("ignore_label"), -1, 255));
  }
  return task;
}

Result<std::string> ReadText(const std::string& path, const Limits& limits) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return IoError("cannot read the model description: " + error.message(), path);
  if (int64_t(size) > limits.max_json_bytes) {
    return BadInput("model description of " + std::to_string(size) + " bytes", path,
                    "at most " + std::to_string(limits.max_json_bytes) + " bytes are read");
  }
  std::string text(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), std::streamsize(size))) return IoError("cannot read the model description", path);
  return text;
}

// Parses, and refuses an object that names a key twice (the library would silently keep the last).
Result<Json> ParseJson(const std::string& text, const std::string& path) {
  std::vector<std::set<std::string>> keys;
  std::string duplicate;
  const Json::parser_callback_t note_keys = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      duplicate = parsed.get<std::string>();
    }
    return true;
  };
  try {
    Json json = Json::parse(text, note_keys);
    if (!duplicate.empty())
      return BadInput("key \"" + duplicate.substr(0, 80) + "\" appears twice in one object", path);
    return json;
  } catch (const Json::parse_error& e) {
    return BadInput("not valid JSON", path + ", byte " + std::to_string(e.byte),
                    "check the commas and brackets before it");
  }
}

}  // namespace

Result<ModelSpec> ReadModelSpec(const std::string& json_path, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const std::string text, ReadText(json_path, limits));
  FSC_ASSIGN_OR_RETURN(const Json json, ParseJson(text, json_path));
  const Node root{&json, &json_path, ""};
  FSC_RETURN_IF_ERROR(
      CheckKeys(root, {"id", "front", "input", "layers"}, {"back", "back_takes_size", "task", "comment"}));

  ModelSpec spec;
  spec.json_path = json_path;
  FSC_ASSIGN_OR_RETURN(spec.id, ReadString(root.At("id"), size_t(limits.max_name_bytes)));
  FSC_ASSIGN_OR_RETURN(spec.front_path, ReadPath(root.At("front")));
  if (root.Has("back")) {
    FSC_ASSIGN_OR_RETURN(spec.back_path, ReadPath(root.At("back")));
  }
  if (root.Has("back_takes_size")) {
    FSC_ASSIGN_OR_RETURN(spec.back_takes_size, ReadBool(root.At("back_takes_size")));
  }
  if (root.Has("comment") && !root.At("comment").value->is_string()) return WrongType(root.At("comment"), "a string");
  FSC_ASSIGN_OR_RETURN(spec.input, ReadInput(root.At("input")));
  FSC_ASSIGN_OR_RETURN(spec.layers, ReadLayers(root.At("layers"), limits));
  if (root.Has("task")) {
    FSC_ASSIGN_OR_RETURN(spec.task, ReadTask(root.At("task"), limits));
  }
  if (spec.back_path.empty() && spec.task.kind != TaskKind::kNone) {
    return BadInput("a task is described, but there is no \"back\"", json_path,
                    "add the back or set task.kind to none");
  }
  return spec;
}

}  // namespace fsc
