#include "models/model_spec.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "core/address.h"
#include "core/json_value.h"
#include "core/resolve_path.h"

namespace fsc {
namespace {

constexpr size_t kMaxLabels = 65536;

// Three numbers, or one for all three channels.
Result<std::array<float, 3>> ReadTriple(const JsonValue& node, double low, double high) {
  std::array<float, 3> triple{};
  if (node.IsNumber()) {
    FSC_ASSIGN_OR_RETURN(const double number, node.Number(low, high));
    triple.fill(float(number));
    return triple;
  }
  const auto items = node.Items();
  if (!items.ok() || items->size() != 3) return node.WrongType("a number or an array of 3 numbers");
  for (size_t i = 0; i < 3; ++i) {
    FSC_ASSIGN_OR_RETURN(const double number, (*items)[i].Number(low, high));
    triple[i] = float(number);
  }
  return triple;
}

Result<std::string> ReadPath(const JsonValue& node, const std::string& file) {
  FSC_ASSIGN_OR_RETURN(const std::string text, node.String(4096));
  return ResolvePath(text, file, node.Where());
}

Result<InputSpec> ReadInput(const JsonValue& node) {
  FSC_RETURN_IF_ERROR(node.CheckKeys({"order"}, {"divide", "mean", "std", "divide_after", "resize", "width", "height",
                                                 "short_side", "interpolation", "multiple", "pad_value"}));
  const Limits limits;
  InputSpec input;
  FSC_ASSIGN_OR_RETURN(input.rgb, node.At("order").Word<bool>({{"rgb", true}, {"bgr", false}}));
  if (node.Has("divide")) {
    FSC_ASSIGN_OR_RETURN(const double divide, node.At("divide").Number(1e-6, 1e6));
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
    FSC_ASSIGN_OR_RETURN(const double divide, node.At("divide_after").Number(1e-6, 1e6));
    input.divide_after = float(divide);
  }
  if (node.Has("resize")) {
    FSC_ASSIGN_OR_RETURN(input.resize, node.At("resize").Word<ResizeRule>({{"none", ResizeRule::kNone},
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
    FSC_ASSIGN_OR_RETURN(*size_px, node.At(key).Integer(1, limits.max_picture_size_px));
    return {};
  };
  const bool sized = input.resize != ResizeRule::kNone;
  FSC_RETURN_IF_ERROR(read_size("width", sized, &input.width_px));
  FSC_RETURN_IF_ERROR(read_size("height", sized, &input.height_px));
  FSC_RETURN_IF_ERROR(read_size("short_side", input.resize == ResizeRule::kShortSide, &input.short_side_px));
  if (node.Has("interpolation")) {
    FSC_ASSIGN_OR_RETURN(input.interpolation, node.At("interpolation")
                                                  .Word<Interpolation>({{"linear", Interpolation::kLinear},
                                                                        {"nearest", Interpolation::kNearest},
                                                                        {"area", Interpolation::kArea},
                                                                        {"cubic", Interpolation::kCubic}}));
  }
  if (node.Has("multiple")) {
    FSC_ASSIGN_OR_RETURN(input.multiple_px, node.At("multiple").Integer(1, 4096));
  }
  if (node.Has("pad_value")) {
    FSC_ASSIGN_OR_RETURN(const double pad, node.At("pad_value").Number(0, 255));
    input.pad_value = float(pad);
  }
  return input;
}

Result<std::vector<LayerSpec>> ReadLayers(const JsonValue& node, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const std::vector<JsonValue> items, node.Items());
  if (items.empty() || items.size() > size_t(limits.max_layers)) {
    return BadInput(
        "expected 1.." + std::to_string(limits.max_layers) + " layers, found " + std::to_string(items.size()),
        node.Where());
  }
  std::vector<LayerSpec> layers;
  std::set<std::string> names;
  for (const JsonValue& item : items) {
    FSC_RETURN_IF_ERROR(item.CheckKeys({"name", "channels", "stride"}, {"phase"}));
    LayerSpec layer;
    FSC_ASSIGN_OR_RETURN(layer.name, item.At("name").String(size_t(limits.max_name_bytes)));
    if (!names.insert(layer.name).second) {
      return BadInput("two layers are called \"" + layer.name + "\"", item.Where(), "give each layer its own name");
    }
    FSC_ASSIGN_OR_RETURN(layer.channels, item.At("channels").Integer(1, limits.max_channels));
    FSC_ASSIGN_OR_RETURN(layer.stride_px, item.At("stride").Integer(1, 4096));
    if (item.Has("phase")) {
      FSC_ASSIGN_OR_RETURN(const double phase_px, item.At("phase").Number(-4096, 4096));
      layer.phase_px16 = int(std::lround(16.0 * phase_px));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

Result<std::vector<std::string>> ReadLabelsFile(const JsonValue& node, const std::string& json_path,
                                                const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const std::string path, ReadPath(node, json_path));
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

Result<TaskSpec> ReadTask(const JsonValue& node, const std::string& json_path, const Limits& limits) {
  FSC_RETURN_IF_ERROR(
      node.CheckKeys({"kind"}, {"labels", "labels_file", "score_threshold", "nms_iou", "ignore_label"}));
  TaskSpec task;
  FSC_ASSIGN_OR_RETURN(task.kind, node.At("kind").Word<TaskKind>({{"none", TaskKind::kNone},
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
    FSC_ASSIGN_OR_RETURN(task.labels, ReadLabelsFile(node.At("labels_file"), json_path, limits));
  }
  if (node.Has("labels")) {
    FSC_ASSIGN_OR_RETURN(task.labels, node.At("labels").Strings(size_t(limits.max_name_bytes)));
    if (task.labels.empty() || task.labels.size() > kMaxLabels)
      return node.At("labels").WrongType("1.." + std::to_string(kMaxLabels) + " label names");
  }
  if (node.Has("score_threshold")) {
    FSC_ASSIGN_OR_RETURN(task.score_threshold, node.At("score_threshold").Number(0, 1));
  }
  if (node.Has("nms_iou")) {
    FSC_ASSIGN_OR_RETURN(task.nms_iou, node.At("nms_iou").Number(0, 1));
  }
  if (node.Has("ignore_label")) {
    FSC_ASSIGN_OR_RETURN(task.ignore_label, node.At("ignore_label").Integer(-1, 255));
  }
  return task;
}

Result<std::string> ReadText(const std::string& path, const Limits& limits) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return NoSuchFile("cannot read the model description", path);
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

}  // namespace

Result<ModelSpec> ReadModelSpec(const std::string& json_path, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const std::string text, ReadText(json_path, limits));
  FSC_ASSIGN_OR_RETURN(const JsonValue root, JsonValue::Parse(text, json_path));
  FSC_RETURN_IF_ERROR(
      root.CheckKeys({"id", "front", "input", "layers"}, {"back", "back_takes_size", "task", "comment"}));

  ModelSpec spec;
  spec.json_path = json_path;
  FSC_ASSIGN_OR_RETURN(spec.id, root.At("id").String(size_t(limits.max_name_bytes)));
  FSC_ASSIGN_OR_RETURN(spec.front_path, ReadPath(root.At("front"), json_path));
  if (root.Has("back")) {
    FSC_ASSIGN_OR_RETURN(spec.back_path, ReadPath(root.At("back"), json_path));
  }
  if (root.Has("back_takes_size")) {
    FSC_ASSIGN_OR_RETURN(spec.back_takes_size, root.At("back_takes_size").Bool());
  }
  if (root.Has("comment") && !root.At("comment").IsString()) return root.At("comment").WrongType("a string");
  FSC_ASSIGN_OR_RETURN(spec.input, ReadInput(root.At("input")));
  FSC_ASSIGN_OR_RETURN(spec.layers, ReadLayers(root.At("layers"), limits));
  if (root.Has("task")) {
    FSC_ASSIGN_OR_RETURN(spec.task, ReadTask(root.At("task"), json_path, limits));
  }
  if (spec.back_path.empty() && spec.task.kind != TaskKind::kNone) {
    return BadInput("a task is described, but there is no \"back\"", json_path,
                    "add the back or set task.kind to none");
  }
  return spec;
}

}  // namespace fsc
