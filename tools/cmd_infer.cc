// cmd_infer.cc: fsc infer: runs the back (and, for a video, the front) and prints predictions as JSON lines.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/thread_pool.h"
#include "fsc/byte_io.h"
#include "models/overlay.h"
#include "streams/picture_file.h"
#include "streams/still_list.h"
#include "streams/video_writer.h"
#include "tools/command.h"
#include "tools/feature_input.h"
#include "tools/frame_rate_option.h"
#include "tools/infer_source.h"
#include "tools/machine_threads.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/stream_file.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

using nlohmann::ordered_json;

struct InferArguments {
  InferSourceOptions source;
  std::string model_path;
  std::string frames;
  std::string overlay;
  std::string labels_dir;
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

Status CheckOverlay(const InferArguments& options) {
  if (options.overlay.empty()) return {};
  if (HoldsFeatures(options.source.path) && options.source.video_path.empty()) {
    return Usage("an overlay needs pictures to draw on", options.source.path, "give the clip with --video CLIP");
  }
  return {};
}

// The overlay is written by name or as pictures in a row, the labels as pictures by number.
Status CheckFiles(const InferArguments& options) {
  std::vector<std::string> inputs = NetworkFiles(options.model_path);
  inputs.insert(inputs.end(), {options.source.path, options.source.video_path, options.source.profile_path});
  const std::string labels = options.labels_dir.empty() ? "" : options.labels_dir + "/%06d.png";
  return CheckOutputs({StillPattern(options.overlay), labels}, inputs);
}

// Label pictures, each as it comes; with --strict all of them at the end, when nothing can be wrong any more.
class LabelPictures {
 public:
  LabelPictures(const std::string& folder, const WarningOptions& options) : folder_(folder), waits_(options.strict) {}

  Status Add(const TaskResult& result, int64_t frame_number) {
    if (folder_.empty()) return {};
    if (result.kind != TaskKind::kSegmentation)
      return Usage("only segmentation has label pictures", "--labels", "leave it out");
    const PlaneView<const uint8_t> labels{result.labels.data(), result.width_px, result.height_px, result.width_px};
    FSC_ASSIGN_OR_RETURN(std::vector<uint8_t> png, EncodePng(labels));
    if (!waits_) return Write(frame_number, png);
    waiting_.emplace_back(frame_number, std::move(png));
    return {};
  }
  Status Finish() {
    for (const auto& [frame_number, png] : waiting_) FSC_RETURN_IF_ERROR(Write(frame_number, png));
    return {};
  }

 private:
  Status Write(int64_t frame_number, const std::vector<uint8_t>& png) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) return IoError("cannot make the folder", folder_, error.message());
    FSC_ASSIGN_OR_RETURN(const auto sink, OpenSink(fmt::format("{}/{:06}.png", folder_, frame_number)));
    FSC_RETURN_IF_ERROR(sink->Write(png));
    return sink->Commit();
  }

  std::string folder_;
  bool waits_;
  std::vector<std::pair<int64_t, std::vector<uint8_t>>> waiting_;
};

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

// What the predictions of a command go to, in the order of the frames.
class Outputs {
 public:
  Outputs(const InferArguments& options, const TaskSpec& task, const InferSource& source)
      : options_(options),
        task_(task),
        source_(source),
        lines_(options.warnings),
        labels_(options.labels_dir, options.warnings) {}

  Status Add(const InferFrame& frame, const TaskResult& result) {
    const TimeBase base = source_.time_base();
    ordered_json line = {{"frame", frame.frame_number},
                         {"time_s", double(frame.frame.timestamp_ticks) * (double(base.num) / base.den)}};
    line.update(ResultJson(result, task_));
    FSC_RETURN_IF_ERROR(lines_.Add(line.dump()));
    FSC_RETURN_IF_ERROR(labels_.Add(result, frame.frame_number));
    if (options_.overlay.empty()) return {};
    FSC_ASSIGN_OR_RETURN(const Image drawn, DrawOverlay(frame.image, task_, result, frame.geometry));
    if (overlay_ == nullptr) {
      FSC_ASSIGN_OR_RETURN(overlay_, CreateVideoWriter(options_.overlay, {.width_px = drawn.width_px,
                                                                          .height_px = drawn.height_px,
                                                                          .time_base = base,
                                                                          .frame_rate = source_.frame_rate()}));
    }
    return overlay_->Write(drawn, frame.frame.timestamp_ticks);
  }
  Status Finish() {
    FSC_RETURN_IF_ERROR(lines_.Finish());
    FSC_RETURN_IF_ERROR(labels_.Finish());
    return overlay_ != nullptr ? overlay_->Finish() : Status();
  }

 private:
  const InferArguments& options_;
  const TaskSpec& task_;
  const InferSource& source_;
  PredictionLines lines_;
  LabelPictures labels_;
  std::unique_ptr<VideoWriter> overlay_;
};

// In the order of `frames`, which go through the back side by side.
std::vector<Result<TaskResult>> RunBacks(const std::vector<InferFrame>& frames, SplitModel* model, ThreadPool* pool) {
  std::vector<Result<TaskResult>> results;
  for (size_t i = 0; i < frames.size(); ++i) results.emplace_back(TaskResult());
  pool->Run(int(frames.size()),
            [&](int i) { results[size_t(i)] = model->RunBack(frames[size_t(i)].frame, frames[size_t(i)].geometry); });
  return results;
}

Status Infer(InferArguments options) {
  FSC_ASSIGN_OR_RETURN(options.source.frames, ParseFrameRange(options.frames));
  FSC_RETURN_IF_ERROR(CheckOverlay(options));
  FSC_RETURN_IF_ERROR(CheckFiles(options));
  FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(options.model_path, Limits{}));
  if (spec.back_path.empty()) return Usage("the model has no back", options.model_path, "give a model with a \"back\"");
  SplitModel::Options parts;
  parts.front = !HoldsFeatures(options.source.path);
  parts.threads = 1;  // LibTorch's results depend on it in their last bits: threads take a frame each instead
  FSC_ASSIGN_OR_RETURN(auto model, SplitModel::Load(spec, parts));
  FSC_ASSIGN_OR_RETURN(auto source, OpenInferSource(options.source, model.get()));
  Outputs outputs(options, spec.task, *source);
  // What comes through a pipe may come slowly: each frame is answered at once.
  ThreadPool pool(IsNamelessPipe(options.source.path) ? 1 : options.source.threads);
  Status damage;
  int64_t frames = 0;
  {
    Progress progress("inferring", source->frames(), options.warnings.quiet);
    for (bool ended = false; !ended;) {
      std::vector<InferFrame> batch;
      while (!ended && int(batch.size()) < pool.threads()) {
        auto next = source->Next();
        if (!next.ok()) {
          // After damage the frames before it are kept, and the error is still reported.
          const bool kept = source->broke_off() && frames + int64_t(batch.size()) > 0 && !options.warnings.strict;
          damage = next.TakeStatus();
          if (!kept) return damage;
        }
        ended = !damage.ok() || !*next;
        if (!ended) batch.push_back(std::move(**next));
      }
      std::vector<Result<TaskResult>> results = RunBacks(batch, model.get(), &pool);
      for (size_t i = 0; i < batch.size(); ++i) {
        FSC_ASSIGN_OR_RETURN(const TaskResult result, std::move(results[i]));
        FSC_RETURN_IF_ERROR(outputs.Add(batch[i], result));
        ++frames;
        progress.Step();
      }
    }
  }
  if (frames == 0) return BadInput("there is no frame", options.source.path, "see --frames");
  FSC_RETURN_IF_ERROR(ReportWarnings(source->warnings(), options.warnings));
  FSC_RETURN_IF_ERROR(outputs.Finish());
  return damage;
}

}  // namespace

Command AddInfer(CLI::App& app) {
  auto options = std::make_shared<InferArguments>();
  CLI::App* command =
      app.add_subcommand("infer", "Run a network's back on a stream or tensors, or the whole network on a video");
  command->add_option("IN", options->source.path, "a .fsc stream, tensors (.npy, .npz), or a video")->required();
  command->add_option("--model", options->model_path, "the split network (JSON)")->required();
  command->add_option("--overlay", options->overlay, "draw the predictions on the video: OUT.mp4, or OUT%04d.png");
  command->add_option("--video", options->source.video_path, "with a stream or tensors: the clip to draw on");
  AddProfileOption(*command, &options->source.profile_path);
  command->add_option("--labels", options->labels_dir,
                      "segmentation: write label pictures (class index, PNG) into this folder");
  AddSizeOption(*command, &options->source.size);
  command->add_option("--frames", options->frames, "only frames A:B (B not included)");
  AddFrameRateOption(*command, &options->source.frame_rate);
  options->source.threads = MachineThreads();
  command
      ->add_option("--threads", options->source.threads,
                   "so many frames go through the network side by side; the predictions do not depend on it")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  command->add_flag("--quiet", options->warnings.quiet, "print no predictions, no warnings and no progress");
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return Infer(*options); }};
}

}  // namespace fsc::tools
