// cmd_bench.cc: fsc bench: speed, rate, quality and memory of coders side by side, on a video or tensors.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "eval/job_pool.h"
#include "eval/speed_run.h"
#include "tools/bench_coders.h"
#include "tools/bench_reference.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/frame_rate_option.h"
#include "tools/interrupt.h"
#include "tools/layer_choice.h"
#include "tools/machine_threads.h"
#include "tools/progress.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct Options {
  FeatureInputOptions input;
  std::string frames = ":32";
  BenchChoice choice;
  int runs = 3;
  bool json = false;
  WarningOptions warnings;
};

// Intermediate files, which go with it.
class Folder {
 public:
  static Result<std::unique_ptr<Folder>> Make() {
    std::error_code failure;
    std::string path = std::filesystem::temp_directory_path(failure) / "fsc-bench-XXXXXX";
    if (failure || mkdtemp(path.data()) == nullptr)
      return IoError("cannot make a folder for intermediate files", path, "set TMPDIR to a folder with room");
    return std::make_unique<Folder>(std::move(path));
  }
  explicit Folder(std::string path) : path_(std::move(path)) {}
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<std::vector<SpeedFigures>> Measure(const Options& options, const BenchResult& result, const std::string& folder,
                                          const std::string& reference_folder) {
  SpeedPlan plan;
  plan.folder = folder;
  plan.reference_folder = reference_folder;
  if (result.reference.has_results) plan.model_path = options.input.model_path;
  for (const BenchCoder& coder : result.coders) plan.coders.push_back({coder.Name(), coder.config, coder.may_lack});
  plan.runs = result.runs;
  plan.threads = result.threads;
  Progress progress("measuring", std::nullopt, options.warnings.quiet, "steps");
  plan.progress = [&](int done, int total, const std::string& coder) { progress.Show(done, total, coder); };
  return MeasureSpeed(plan, Limits{});
}

Status Run(Options options, const std::string& folder) {
  BenchResult result;
  result.input = options.input.path;
  result.model = options.input.model_path;
  result.runs = options.runs;
  result.threads = options.input.threads;
  FSC_ASSIGN_OR_RETURN(options.input.frames, ParseFrameRange(options.frames));
  FSC_ASSIGN_OR_RETURN(result.coders, ChooseCoders(options.choice));
  options.input.threads = 1;  // one picture at a time: the front's time is that of one core
  options.input.read_ahead = false;
  const std::string reference_folder = folder + "/reference";
  // In a process of its own: LibTorch's memory and threads stay away from what is measured.
  FSC_RETURN_IF_ERROR(RunApart("reading the input", [&] {
    return MakeBenchReference(options.input, reference_folder, options.warnings.quiet);
  }));
  FSC_ASSIGN_OR_RETURN(result.reference, ReadReferenceInfo(reference_folder));
  FSC_RETURN_IF_ERROR(ReportWarnings(result.reference.warnings, options.warnings));
  FSC_ASSIGN_OR_RETURN(result.figures, Measure(options, result, folder, reference_folder));
  if (options.json) {
    fmt::print("{}\n", BenchJson(result, result.reference.warnings).dump(2));
  } else {
    fmt::print("{}", BenchTable(result));
  }
  for (size_t i = 0; i < result.coders.size(); ++i) {
    const std::string& why = result.figures[i].left_out;
    if (!why.empty() && !options.warnings.quiet) fmt::print(stderr, "left out: {}: {}\n", result.coders[i].Name(), why);
  }
  return {};
}

Status Bench(const Options& options) {
  std::optional<Status> status;
  {
    const InterruptWatch watch;  // the folder is to go even after ^C
    FSC_ASSIGN_OR_RETURN(const auto folder, Folder::Make());
    status = Run(options, folder->path());
  }
  InterruptWatch::EndIfArrived();
  return std::move(*status);
}

}  // namespace

Command AddBench(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "bench", "Measure speed, rate, quality and memory of coders side by side, on a video or tensors");
  command->add_option("IN", options->input.path, "a video, or tensors: as for fsc encode")->required();
  command->add_option(
      "--model", options->input.model_path,
      "the split network (JSON): needed for videos; its back says what is lost, its front what is fast");
  command->add_option("--video", options->input.video_path, "with tensors: the clip they belong to, for motion");
  AddLayersOption(*command, &options->input.layers,
                  "of a .npz: the arrays that are layers, in this order, separated by commas (default: all)");
  command
      ->add_option("--stride", options->input.strides_px,
                   "with tensors: input pixels per cell, one for all layers or one a layer")
      ->delimiter(',')
      ->allow_extra_args(false);
  AddFrameRateOption(*command, &options->input.frame_rate);
  AddSizeOption(*command, &options->input.size);
  command->add_option("--frames", options->frames, "only frames A:B (B not included)")->capture_default_str();
  AddBenchOptions(*command, &options->choice);
  command->add_option("--runs", options->runs, "how often each is measured; the middle one counts")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  options->input.threads = MachineThreads();
  command->add_option("--threads", options->input.threads, "threads beside one: speed is measured on 1 and on so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  command->add_flag("--json", options->json, "print the table as JSON");
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return Bench(*options); }};
}

}  // namespace fsc::tools
