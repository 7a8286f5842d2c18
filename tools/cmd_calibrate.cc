// cmd_calibrate.cc: fsc calibrate: learns from clips what a back network needs, and writes it as a profile.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "fsc/byte_io.h"
#include "learn/calibration.h"
#include "learn/calibration_json.h"
#include "learn/calibration_report.h"
#include "tools/command.h"
#include "tools/completion_calibration.h"
#include "tools/frame_range.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/stdin_peek.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct CalibrateArguments {
  CalibrationOptions calibration;
  std::string output;
  std::string report;
  std::string frames;
  std::string kind = "learned";
  std::string form = "auto";
  std::string rate_model = "differences";
  std::string measure = "divergence";
  bool no_task_map = false;
  std::string start = "task";
  bool json = false;
  WarningOptions warnings;
};

Status CheckOptions(CalibrateArguments* options) {
  static const std::map<std::string, CalibrationKind> kKinds = {{"statistics", CalibrationKind::kStatistics},
                                                                {"task", CalibrationKind::kTask},
                                                                {"learned", CalibrationKind::kLearned}};
  static const std::map<std::string, TaskWeight> kForms = {
      {"diagonal", TaskWeight::kDiagonal}, {"full", TaskWeight::kFull}, {"blended", TaskWeight::kBlended}};
  CalibrationOptions& calibration = options->calibration;
  calibration.kind = kKinds.at(options->kind);
  if (options->form != "auto") calibration.weights = {kForms.at(options->form)};
  if (options->rate_model == "compressibility") calibration.learned.rate_model = RateModel::kCompressibility;
  if (options->start == "components") calibration.learned.start = ReductionStartKind::kComponents;
  if (options->measure == "squared-error") calibration.measure = SensitivityMeasure::kSquaredError;
  calibration.learned.threads = calibration.set.threads;
  FSC_ASSIGN_OR_RETURN(calibration.set.frames, ParseFrameRange(options->frames));
  return {};
}

// What the page says of its making: every option that was given.
std::string CommandText(const CLI::App& command) {
  std::string text = "fsc calibrate";
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0) continue;
    if (!option->nonpositional()) {
      text += fmt::format(" {}", fmt::join(option->results(), " "));
    } else if (option->get_items_expected_max() == 0) {
      text += " " + option->get_name();
    } else if (option->get_delimiter() != '\0') {
      text += fmt::format(" {} {}", option->get_name(),
                          fmt::join(option->results(), std::string(1, option->get_delimiter())));
    } else {
      for (const std::string& value : option->results()) text += " " + option->get_name() + " " + value;
    }
  }
  return text;
}

Status Calibrate(CalibrateArguments options, const std::string& command) {
  if (options.kind == "completion" || options.kind == "altec") {
    return CalibrateCompletion(options.calibration.set.clips, options.output, options.kind == "altec",
                               options.warnings.quiet);
  }
  if (options.calibration.model_paths.empty()) {
    return Usage("a profile is of a network", "--model", "give the split network (JSON)");
  }
  FSC_RETURN_IF_ERROR(CheckOptions(&options));
  std::vector<std::string> inputs = options.calibration.set.clips;
  for (const std::string& clip : inputs) {
    if (IsStandardInput(clip))
      return Usage("clips are read more than once, which standard input cannot be", clip, "give files");
  }
  for (const std::string& model : options.calibration.model_paths) {
    for (const std::string& file : NetworkFiles(model)) inputs.push_back(file);
  }
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output, options.report}, inputs));
  FSC_ASSIGN_OR_RETURN(const auto sink, OpenSink(options.output));
  std::unique_ptr<ByteSink> report;
  if (!options.report.empty()) {
    FSC_ASSIGN_OR_RETURN(report, OpenSink(options.report));
  }
  std::unique_ptr<Progress> bar;
  std::string current;
  const auto show = [&](const std::string& stage, int64_t done, int64_t total, const std::string& remark) {
    if (stage != current) {
      bar = std::make_unique<Progress>(stage, total > 0 ? std::optional<int64_t>(total) : std::nullopt,
                                       options.warnings.quiet);
      current = stage;
    }
    while (bar->done() < done) bar->Step(remark);
  };
  FSC_ASSIGN_OR_RETURN(const CalibrationOutcome out, Calibrate(options.calibration, show));
  bar.reset();
  FSC_RETURN_IF_ERROR(ReportWarnings(out.warnings, options.warnings));
  FSC_RETURN_IF_ERROR(sink->Write(out.file));
  if (report) {
    const std::string html =
        CalibrationReportHtml(out, fmt::format("Profile of {}", fmt::join(out.models, ", ")), command);
    FSC_RETURN_IF_ERROR(report->Write({reinterpret_cast<const uint8_t*>(html.data()), html.size()}));
    FSC_RETURN_IF_ERROR(report->Commit());
  }
  FSC_RETURN_IF_ERROR(sink->Commit());
  if (options.json) {
    fmt::print("{}\n", CalibrationJson(out, options.output, WarningsJson(out.warnings)));
  } else if (!options.warnings.quiet) {
    fmt::print(stderr, "{}: {} profile, {} planes, {} bytes, learnt from {} frames\n", options.output, out.profile.kind,
               out.plane_variance.size(), out.file.size(), out.training_frames);
  }
  return {};
}

}  // namespace

Command AddCalibrate(CLI::App& app) {
  auto options = std::make_shared<CalibrateArguments>();
  CalibrationOptions& c = options->calibration;
  CLI::App* command = app.add_subcommand("calibrate", "Learn from clips what a back network needs: a profile");
  command
      ->add_option("CLIP", c.set.clips,
                   "videos, folders of pictures or patterns (img%04d.png); kinds completion and altec: tensors")
      ->required();
  command
      ->add_option("--model", c.model_paths,
                   "the split network (JSON); again for each further back of the same front: one profile serves all")
      ->allow_extra_args(false);
  command
      ->add_option("-o,--output", options->output,
                   "the profile (.fscp); kinds completion and altec: the statistics (.fscs)")
      ->required();
  command->add_option("--kind", options->kind, "what to learn")
      ->capture_default_str()
      ->check(CLI::IsMember({"statistics", "task", "learned", "completion", "altec"}));
  auto* planes = command->add_option("--planes", c.learned.planes, "reduced planes K (learned: 48; else measured)")
                     ->check(CLI::Range(1, 65536));
  command->add_option("--frames", options->frames, "only frames A:B of each clip (B not included)");
  command->add_option("--max-frames", c.set.max_frames, "frames to keep, all clips together")
      ->capture_default_str()
      ->check(CLI::Range(4, 100000));
  command->add_option("--held-back", c.set.held_back_frames, "of them, to judge by: at most a quarter of each clip")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--seed", c.learned.seed, "of all random choices")->capture_default_str();
  command
      ->add_option("--threads", c.set.threads,
                   "threads; the profile depends on their number in its last bits, so it is not the machine's")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  command->add_option("--report", options->report, "also write what was found as a page (.html)");
  command->add_flag("--json", options->json, "print what was measured as JSON");

  AddWarningOptions(*command, &options->warnings);

  const std::string learned = "Kind learned";
  command->add_option("--steps", c.learned.steps, "training steps")->capture_default_str()->group(learned);
  command->add_option("--refine", c.learned.refine_steps, "further steps on planes that were really coded")
      ->capture_default_str()
      ->group(learned);
  auto* lambda = command
                     ->add_option("--lambda", c.learned.lambda,
                                  "weight of the rate: more for lower rates (several models: trained, if not given)")
                     ->capture_default_str()
                     ->group(learned);
  command->add_option("--rate-model", options->rate_model, "what stands for the rate")
      ->capture_default_str()
      ->check(CLI::IsMember({"differences", "compressibility"}))
      ->group(learned);
  command->add_option("--start", options->start, "what training begins with: components weighted by the task, or plain")
      ->capture_default_str()
      ->check(CLI::IsMember({"task", "components"}))
      ->group(learned);
  command->add_option("--branch", c.learned.branch_width, "width of the restorer's second path, 0 = none")
      ->capture_default_str()
      ->group(learned);
  command->add_option("--reducer-kernel", c.learned.reducer_kernel, "1 or 3")->capture_default_str()->group(learned);
  command->add_option("--coarsest-step", c.learned.coarsest_step, "widest noise, in plane units")
      ->capture_default_str()
      ->group(learned);
  command
      ->add_option("--kl-weight", c.learned.divergence_weight,
                   "weight of the divergence of the task's output (detection: 1, else 0.2)")
      ->group(learned);
  command
      ->add_option("--mse-weight", c.learned.squared_error_weight,
                   "weight of the output's relative squared error (detection: 0, else 1)")
      ->group(learned);
  command->add_option("--feature-weight", c.learned.feature_weight, "weight of the features' relative squared error")
      ->capture_default_str()
      ->group(learned);
  command->add_option("--batch", c.learned.batch, "crops a step")->capture_default_str()->group(learned);
  command->add_option("--crop", c.learned.crop_px, "side of a crop in input pixels")
      ->capture_default_str()
      ->group(learned);
  command->add_option("--learning-rate", c.learned.learning_rate, "of the first step")
      ->capture_default_str()
      ->group(learned);
  command->add_option("--weight-bits", c.weight_bits, "bits of a stored weight (learned: 8; else measured)")
      ->check(CLI::Range(Convolution::kMinBits, Convolution::kMaxBits));

  const std::string task = "Kind task";
  command->add_option("--form", options->form, "of the task weight; auto: measured")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "diagonal", "full", "blended"}))
      ->group(task);
  command->add_option("--epsilon", c.epsilons, "floor of the task weight; several: measured")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(task);
  command->add_option("--model-weights", c.model_weights, "of several models, one each (default: alike)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::PositiveNumber)
      ->group(task);
  command->add_option("--measure", options->measure, "what counts at the output")
      ->capture_default_str()
      ->check(CLI::IsMember({"divergence", "squared-error"}))
      ->group(task);

  const std::string map = "Task map";
  command
      ->add_option("--map-exponents", c.map_exponents,
                   "powers of the weights of errors; measured, and kept where one pays (mode latent)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0.01, 4.0))
      ->group(map);
  command->add_flag("--no-task-map", options->no_task_map, "errors count alike everywhere")->group(map);

  const std::string drop = "Drop curve";
  command->add_option("--mode", c.mode, "the mode it is measured with")->capture_default_str()->group(drop);
  command->add_option("--presets", c.presets, "of that mode (latent: all three; else its default)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(drop);
  command->add_option("--qps", c.qps, "quantisers (latent: 30 to 60; else 16 to 40)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(0, 63))
      ->group(drop);
  return {command, [options, planes, lambda, command] {
            if (options->no_task_map) options->calibration.map_exponents.clear();
            options->calibration.planes_given = planes->count() > 0;
            options->calibration.lambda_given = lambda->count() > 0;
            return Calibrate(*options, CommandText(*command));
          }};
}

}  // namespace fsc::tools
