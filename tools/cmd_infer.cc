// cmd_infer.cc: fsc infer: runs the back (and, for a video, the front) and prints predictions as JSON lines.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "models/overlay.h"
#include "streams/picture_file.h"
#include "streams/still_list.h"
#include "streams/video_writer.h"
#include "tools/command.h"
#include "tools/feature_input.h"
#include "tools/frame_rate_option.h"
#include "tools/infer_source.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/stream_file.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

using nlohmann::ordered_json;

struct Options {
  InferSourceOptions source;
  std::string model_path;
  std::string frames;
  std::string overlay;
  std::string labels_dir;
  bool json = false;
  WarningOptions warnings;
};

std::string LabelName(const TaskSpec& task, int label) {
  return size_t(label) < task.labels.size() ? task.labels[size_t(label)] : std::to_string(label);
}

ordered_json ClassificationJson(const TaskResult& result, const TaskSpec& task) {
  ordered_json top = ordered_json::array();
  for (size_t i = 0; i < result.top_labels.size(); ++i) {
    top.push_back({{"label", LabelName(task, result.top_labels[i])},
                   {"index", result.top_labels[i]},
                   {"probability", result.top_scores[i]}});
  }
  return {{"top", top}};
}

ordered_json DetectionJson(const TaskResult& result, const TaskSpec& task) {
  ordered_json boxes = ordered_json::array();
  for (const Detection& box : result.detections) {
    boxes.push_back({{"label", LabelName(task, box.label)},
                     {"index", box.label},
                     {"score", box.score},
                     {"box_px", {box.x1_px, box.y1_px, box.x2_px, box.y2_px}}});
  }
  return {{"detections", boxes}};
}

// The share of the picture that each class takes, in percent.
ordered_json SegmentationJson(const TaskResult& result, const TaskSpec& task) {
  std::vector<int64_t> pixels(256);
  for (const uint8_t label : result.labels) ++pixels[label];
  ordered_json shares = ordered_json::object();
  for (size_t label = 0; label < pixels.size(); ++label) {
    if (pixels[label] > 0) shares[LabelName(task, int(label))] = 100.0 * pixels[label] / double(result.labels.size());
  }
  return {{"size_px", {result.width_px, result.height_px}}, {"share_percent", shares}};
}

ordered_json ResultJson(const TaskResult& result, const TaskSpec& task) {
  switch (result.kind) {
    case TaskKind::kClassification:
      return ClassificationJson(result, task);
    case TaskKind::kDetection:
      return DetectionJson(result, task);
    case TaskKind::kSegmentation:
      return SegmentationJson(result, task);
    case TaskKind::kNone:
      break;
  }
  return {{"output_shape", result.raw_shape}};
}

Status CheckOverlay(const Options& options) {
  if (options.overlay.empty()) return {};
  if (HoldsFeatures(options.source.path) && options.source.video_path.empty()) {
    return Usage("an overlay needs pictures to draw on", options.source.path, "give the clip with --video CLIP");
  }
  return {};
}

// The overlay is written by name or as pictures in a row, the labels as pictures by number.
Status CheckFiles(const Options& options) {
  std::vector<std::string> inputs = NetworkFiles(options.model_path);
  inputs.insert(inputs.end(), {options.source.path, options.source.video_path, options.source.profile_path});
  const std::string labels = options.labels_dir.empty() ? "" : options.labels_dir + "/%06d.png";
  return CheckOutputs({StillPattern(options.overlay), labels}, inputs);
}

Status WriteLabels(const TaskResult& result, const std::string& folder, int64_t frame_number) {
  if (result.kind != TaskKind::kSegmentation)
    return Usage("only segmentation has label pictures", "--labels", "leave it out");
  const PlaneView<const uint8_t> labels{result.labels.data(), result.width_px, result.height_px, result.width_px};
  return WritePng(fmt::format("{}/{:06}.png", folder, frame_number), labels);
}

// Predictions, a line each as they come; with --strict all of them at the end, when nothing can be wrong any more.
class PredictionLines {
 public:
  explicit PredictionLines(const WarningOptions& options) : shown_(!options.quiet), waits_(options.strict) {}

  Status Add(const std::string& line) {
    if (!shown_) return {};
    if (!waits_) return Print(line + "\n");
    waiting_ += line + "\n";
    return {};
  }
  Status Finish() {
    FSC_RETURN_IF_ERROR(Print(waiting_));
    if (std::fflush(stdout) == 0) return {};
    return IoError("cannot write", "standard output", "the disk is full or the pipe closed");
  }

 private:
  static Status Print(const std::string& text) {
    if (std::fputs(text.c_str(), stdout) >= 0) return {};
    return IoError("cannot write", "standard output", "the reader closed the pipe");
  }

  bool shown_;
  bool waits_;
  std::string waiting_;
};

Status Infer(Options options) {
  FSC_ASSIGN_OR_RETURN(options.source.frames, ParseFrameRange(options.frames));
  FSC_RETURN_IF_ERROR(CheckOverlay(options));
  FSC_RETURN_IF_ERROR(CheckFiles(options));
  FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(options.model_path, Limits{}));
  if (spec.back_path.empty()) return Usage("the model has no back", options.model_path, "give a model with a \"back\"");
  SplitModel::Options parts;
  parts.front = !HoldsFeatures(options.source.path);
  parts.threads = options.source.threads;
  FSC_ASSIGN_OR_RETURN(auto model, SplitModel::Load(spec, parts));
  FSC_ASSIGN_OR_RETURN(auto source, OpenInferSource(options.source, model.get()));
  if (!options.labels_dir.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.labels_dir, error);
    if (error) return IoError("cannot make the folder", options.labels_dir, error.message());
  }
  std::unique_ptr<VideoWriter> writer;
  PredictionLines lines(options.warnings);
  const double tick_s = double(source->time_base().num) / source->time_base().den;
  Status damage;
  int64_t frames = 0;
  {
    Progress progress("inferring", source->frames());
    for (;;) {
      auto next = source->Next();
      if (!next.ok() && source->broke_off() && frames > 0 && !options.warnings.strict) {
        damage = next.TakeStatus();
        break;
      }
      FSC_ASSIGN_OR_RETURN(const auto frame, std::move(next));
      if (!frame) break;
      FSC_ASSIGN_OR_RETURN(const TaskResult result, model->RunBack(frame->frame, frame->geometry));
      ordered_json line = {{"frame", frame->frame_number}, {"time_s", double(frame->frame.timestamp_ticks) * tick_s}};
      line.update(ResultJson(result, spec.task));
      FSC_RETURN_IF_ERROR(lines.Add(line.dump()));
      if (!options.labels_dir.empty())
        FSC_RETURN_IF_ERROR(WriteLabels(result, options.labels_dir, frame->frame_number));
      if (!options.overlay.empty()) {
        FSC_ASSIGN_OR_RETURN(const Image drawn, DrawOverlay(frame->image, spec.task, result, frame->geometry));
        if (writer == nullptr) {
          FSC_ASSIGN_OR_RETURN(writer, CreateVideoWriter(options.overlay, {.width_px = drawn.width_px,
                                                                           .height_px = drawn.height_px,
                                                                           .time_base = source->time_base(),
                                                                           .frame_rate = source->frame_rate()}));
        }
        FSC_RETURN_IF_ERROR(writer->Write(drawn, frame->frame.timestamp_ticks));
      }
      ++frames;
      progress.Step();
    }
  }
  if (frames == 0) return BadInput("there is no frame", options.source.path, "see --frames");
  FSC_RETURN_IF_ERROR(ReportWarnings(source->warnings(), options.warnings));
  FSC_RETURN_IF_ERROR(lines.Finish());
  if (writer != nullptr) FSC_RETURN_IF_ERROR(writer->Finish());
  return damage;  // after damage the frames before it are kept, and the error is still reported
}

}  // namespace

Command AddInfer(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("infer", "Run a network's back on a stream or tensors, or the whole network on a video");
  command->add_option("IN", options->source.path, "a .fsc stream, tensors (.npy, .npz), or a video")->required();
  command->add_option("--model", options->model_path, "the split network (JSON)")->required();
  command->add_option("--overlay", options->overlay, "draw the predictions on the video: OUT.mp4, or OUT%04d.png");
  command->add_option("--video", options->source.video_path, "with a stream or tensors: the clip to draw on");
  AddProfileOption(*command, &options->source.profile_path);
  command->add_option("--labels", options->labels_dir,
                      "segmentation: write label pictures (class index, PNG) into this folder");
  command->add_option("--frames", options->frames, "only frames A:B (B not included)");
  AddFrameRateOption(*command, &options->source.frame_rate);
  command->add_option("--threads", options->source.threads, "threads of the network")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  command->add_flag("--quiet", options->warnings.quiet, "print no predictions and no warnings");
  AddWarningOptions(*command, &options->warnings);
  command->add_flag("--json", options->json, "predictions are JSON lines with or without it; accepted as everywhere");
  return {command, [options] { return Infer(*options); }};
}

}  // namespace fsc::tools
