// cmd_eval.cc: fsc eval: rate against task accuracy, over clips, networks, configurations and QPs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "eval/command_words.h"
#include "eval/latent_motion_study.h"
#include "eval/suite_run.h"
#include "tools/command.h"
#include "tools/encode_options.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct Options {
  std::string suite;
  std::string output;
  int jobs = 1;
  bool check = false;
  std::vector<std::string> reuse;
  WarningOptions warnings;
};

// What would be without effect in a suite is a mistake.
Status CheckOptionsSuitSuite(const std::vector<std::string>& words, CoderKind kind) {
  static const std::set<std::string> kOfRemote = {"--mode", "--preset",    "--tune",
                                                  "--gop",  "--low-delay", "--codec-options"};
  for (const std::string& word : words) {
    if (!word.starts_with("--")) continue;
    const std::string name = word.substr(0, word.find('='));
    if (name == "--qp" || name == "--max-drop")
      return Usage("the suite says the QPs", name, "leave it out, and list them in qps");
    if (kind == CoderKind::kRemote && !kOfRemote.contains(name))
      return Usage("remote inference does not have this option", name,
                   fmt::format("it has {}", fmt::join(kOfRemote, ", ")));
  }
  return {};
}

// What `fsc encode` would make of the options.
Result<EncoderConfig> ParseEncodeOptions(const std::string& text, CoderKind kind) {
  FSC_ASSIGN_OR_RETURN(std::vector<std::string> words, SplitWords(text));
  FSC_RETURN_IF_ERROR(CheckOptionsSuitSuite(words, kind));
  EncodeOptions options;
  CLI::App app;
  AddEncodeOptions(app, &options);
  std::reverse(words.begin(), words.end());  // last first, as CLI11 takes them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return Usage(error.what(), "options '" + text + "'", "see 'fsc encode --help'");
  }
  return ConfigFrom(options);
}

Status StudyMotion(const Options& options, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const MotionStudy study, ReadMotionStudy(options.suite, limits));
  if (options.check) return {};
  FSC_ASSIGN_OR_RETURN(const MotionStudyResult result, RunMotionStudy(study, limits));
  FSC_RETURN_IF_ERROR(ReportWarnings(result.warnings, options.warnings));
  FSC_RETURN_IF_ERROR(WriteMotionStudy(study, result, options.output));
  if (!options.warnings.quiet) fmt::print(stderr, "{}: see {}/report.html\n", study.name, options.output);
  return {};
}

// The results do not take the place of what is evaluated.
Status CheckFiles(const Suite& suite, const std::string& folder) {
  std::vector<std::string> inputs = {suite.path};
  for (const SuiteClip& clip : suite.clips) {
    inputs.push_back(clip.path);
    if (clip.truth) inputs.push_back(clip.truth->path);
  }
  for (const SuiteModel& model : suite.models) {
    for (const std::string& file : NetworkFiles(model.path)) inputs.push_back(file);
  }
  for (const SuiteConfig& config : suite.configs) {
    for (const auto& [model, profile] : config.profiles) inputs.push_back(profile);
  }
  return CheckOutputs({folder + "/results.csv", folder + "/results.md", folder + "/report.html"}, inputs);
}

Status Eval(const Options& options) {
  const Limits limits;
  if (IsMotionStudy(options.suite)) return StudyMotion(options, limits);
  FSC_ASSIGN_OR_RETURN(const Suite suite, ReadSuite(options.suite, ParseEncodeOptions, limits));
  FSC_RETURN_IF_ERROR(CheckFiles(suite, options.output));
  SuiteRunOptions run;
  run.folder = options.output;
  run.jobs = options.jobs;
  run.check_only = options.check;
  run.reuse.insert(options.reuse.begin(), options.reuse.end());
  run.command = JoinWords({"fsc", "eval", options.suite, "-o", options.output, "--jobs", std::to_string(options.jobs)});
  // Others are said at the end, when nothing is drawn on the terminal any more.
  run.judge_warnings = [&](const Warnings& warnings) {
    return options.warnings.strict ? ReportWarnings(warnings, options.warnings) : Status();
  };
  SuiteOutcome outcome;
  {
    Progress progress("evaluating", std::nullopt, options.warnings.quiet, "jobs");
    run.progress = [&](int done, int total, int failed, const std::string& name) {
      progress.Show(done, total, failed > 0 ? fmt::format("{} failed, {}", failed, name) : name);
    };
    FSC_ASSIGN_OR_RETURN(outcome, RunSuite(suite, run, limits));
  }
  if (options.check) {
    if (!options.warnings.quiet)
      fmt::print(stderr, "{}: {} points, nothing wrong\n", options.suite, PlanPoints(suite).size());
    return {};
  }
  FSC_RETURN_IF_ERROR(ReportWarnings(outcome.warnings, options.warnings));
  if (!options.warnings.quiet)
    fmt::print(stderr, "{}: {} points, {} of them from before, {} failed: see {}/report.html\n", suite.name,
               outcome.points.size(), outcome.reused, outcome.failed, options.output);
  if (outcome.failed == 0) return {};
  for (const EvalPoint& point : outcome.points) {
    if (!point.error.empty())
      return Internal(fmt::format("{} of {} points failed", outcome.failed, outcome.points.size()),
                      options.output + "/results.csv", "the first: " + point.error);
  }
  return {};
}

}  // namespace

Command AddEval(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("eval", "Measure rate against task accuracy: clips x networks x configurations x QPs");
  command->add_option("SUITE", options->suite, "the suite (JSON); docs/evaluation.md has its keys")->required();
  command
      ->add_option("-o,--output", options->output,
                   "folder for the results; finished points in it are not measured again")
      ->required();
  command
      ->add_option("--jobs", options->jobs,
                   "points measured at a time, each in a process of its own (times are truest with 1)")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  command->add_option("--reuse", options->reuse,
                      "a configuration whose finished points stand although fsc was built anew; may be repeated");
  command->add_flag("--check", options->check, "look at the suite and its files, measure nothing");
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return Eval(*options); }};
}

}  // namespace fsc::tools
