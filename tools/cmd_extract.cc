// cmd_extract.cc: fsc extract: a video through a network's front, into tensors.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "streams/tensor_file.h"
#include "tools/command.h"
#include "tools/feature_input.h"
#include "tools/machine_threads.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct ExtractArguments {
  FeatureInputOptions input;
  std::string output;
  std::string frames;
  std::string type = "float32";
  WarningOptions warnings;
};

Status Extract(ExtractArguments options) {
  FSC_ASSIGN_OR_RETURN(options.input.frames, ParseFrameRange(options.frames));
  if (IsTensorFile(options.input.path))
    return Usage("the input is tensors already", options.input.path, "give a video");
  std::vector<std::string> inputs = NetworkFiles(options.input.model_path);
  inputs.push_back(options.input.path);
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output}, inputs));
  FSC_ASSIGN_OR_RETURN(auto input, OpenFeatureInput(options.input));
  const TensorType type = options.type == "float16" ? TensorType::kFloat16 : TensorType::kFloat32;
  const int64_t expected = options.output == "-" ? input->frames().value_or(-1) : -1;
  FSC_ASSIGN_OR_RETURN(auto file, CreateTensorFile(options.output, input->stream().layers, type, expected));
  Status damage;
  int64_t frames = 0;
  {
    Progress progress("extracting", input->frames(), options.warnings.quiet);
    for (;;) {
      auto next = input->Next();
      if (!next.ok() && input->broke_off() && frames > 0 && !options.warnings.strict) {
        damage = next.TakeStatus();
        break;
      }
      FSC_ASSIGN_OR_RETURN(const auto frame, std::move(next));
      if (!frame) break;
      FSC_RETURN_IF_ERROR(file->Write(frame->frame));
      ++frames;
      progress.Step();
    }
  }
  FSC_RETURN_IF_ERROR(ReportWarnings(input->warnings(), options.warnings));
  FSC_RETURN_IF_ERROR(file->Finish());
  if (options.output != "-" && !options.warnings.quiet) fmt::print(stderr, "{}: {} frames\n", options.output, frames);
  return damage;  // after damage the frames before it are kept, and the error is still reported
}

}  // namespace

Command AddExtract(CLI::App& app) {
  auto options = std::make_shared<ExtractArguments>();
  CLI::App* command = app.add_subcommand("extract", "Run a network's front on a video and keep the tensors");
  command->add_option("VIDEO", options->input.path, "a video, or a folder or pattern of stills")->required();
  command->add_option("--model", options->input.model_path, "the split network (JSON)")->required();
  command->add_option("-o,--output", options->output, "OUT.npy (one layer), OUT.npz, or - for .npy on standard output")
      ->required();
  AddSizeOption(*command, &options->input.size);
  command->add_option("--frames", options->frames, "only frames A:B (B not included)");
  command->add_option("--type", options->type, "float32 or float16")
      ->capture_default_str()
      ->check(CLI::IsMember({"float32", "float16"}));
  options->input.threads = MachineThreads();
  command->add_option("--threads", options->input.threads, "threads; the tensors do not depend on it")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return Extract(*options); }};
}

}  // namespace fsc::tools
