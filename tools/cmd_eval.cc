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
#include "tools/eval_engine.h"
#include "tools/interrupt.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct EvalArguments {
  std::string suite;
  std::string output;
  EngineOptions engine;
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

Status StudyMotion(const EvalArguments& options, const Limits& limits) {
  if (options.engine.is_slurm())
    return Usage("a study of latent motion runs on this machine", options.suite, "leave --engine out");
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
  if (folder == "-") return Usage("results are many files", "-o -", "give a folder");
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

// The last of it on the terminal: every failed point, up to a number that a person reads.
void ListFailures(const std::vector<EvalPoint>& points) {
  constexpr int kMostLines = 20;
  int failures = 0;
  for (const EvalPoint& point : points) {
    if (point.error.empty() || ++failures > kMostLines) continue;
    fmt::print(stderr, "failed: {}: {}\n", point.Title(), point.error);
  }
  if (failures > kMostLines) fmt::print(stderr, "failed: {} more\n", failures - kMostLines);
}

// The bar, the lines above it, and what the cluster's queue says beside it.
class EvalProgress {
 public:
  explicit EvalProgress(bool quiet) : bar_("evaluating", std::nullopt, quiet, "jobs") {}

  void Count(int done, int total, int failed, const std::string& name) {
    done_ = done;
    total_ = total;
    note_ = failed > 0 ? fmt::format("{} failed, {}", failed, name) : name;
    Show();
  }
  void ShowQueue(const std::string& queue) {
    queue_ = queue;
    Show();
  }
  void Say(const std::string& line) { bar_.Say(line); }

 private:
  void Show() { bar_.Show(done_, total_, queue_.empty() || note_.empty() ? queue_ + note_ : queue_ + ", " + note_); }

  Progress bar_;
  int done_ = 0, total_ = 0;
  std::string note_, queue_;
};

Status ShowScripts(const SlurmEngine& engine, const std::vector<Job>& references, const std::vector<Job>& points) {
  int array = 0;
  for (const std::vector<Job>* jobs : {&references, &points}) {
    if (jobs->empty()) continue;
    FSC_ASSIGN_OR_RETURN(const std::string script, engine.DryRun(*jobs, ++array));
    fmt::print("{}\n", script);
  }
  if (array == 0) fmt::print("# every point is finished\n");
  return {};
}

Result<SuiteOutcome> RunSlurm(const EvalArguments& options, const Suite& suite, SuiteRunOptions run,
                              EvalProgress* progress, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(SlurmOptions slurm, SlurmOptionsFrom(options.engine, suite, options.suite, options.output));
  slurm.interrupted = InterruptWatch::arrived;
  slurm.announce = [&](const std::string& line) { progress->Say(line); };
  slurm.show_queue = [&](const std::string& text) { progress->ShowQueue(text); };
  SlurmEngine engine(std::move(slurm));
  if (options.engine.dry_run) {
    run.show_jobs = [&](const std::vector<Job>& references, const std::vector<Job>& points) {
      return ShowScripts(engine, references, points);
    };
  }
  run.engine = &engine;
  const InterruptWatch watch;
  Result<SuiteOutcome> outcome = RunSuite(suite, run, limits);
  if (!outcome.ok() && InterruptWatch::arrived()) {
    progress->Say("fsc: " + outcome.error().OneLine());
    InterruptWatch::EndIfArrived();
  }
  return outcome;
}

Result<SuiteOutcome> RunHere(const EvalArguments& options, const Suite& suite, SuiteRunOptions run,
                             const Limits& limits) {
  LocalEngine engine(options.engine.jobs);
  run.engine = &engine;
  return RunSuite(suite, run, limits);
}

Status Eval(const EvalArguments& options) {
  const Limits limits;
  FSC_RETURN_IF_ERROR(CheckEngineOptions(options.engine));
  if (IsMotionStudy(options.suite)) return StudyMotion(options, limits);
  FSC_ASSIGN_OR_RETURN(const Suite suite, ReadSuite(options.suite, ParseEncodeOptions, limits));
  if (options.engine.is_worker()) return RunWorker(options.engine, suite, options.output, limits);
  FSC_RETURN_IF_ERROR(CheckFiles(suite, options.output));
  SuiteRunOptions run;
  run.folder = options.output;
  run.check_only = options.check;
  run.reuse.insert(options.reuse.begin(), options.reuse.end());
  std::vector<std::string> words = {"fsc", "eval", options.suite, "-o", options.output};
  for (const std::string& word : options.engine.Words()) words.push_back(word);
  run.command = JoinWords(words);
  // Others are said at the end, when nothing is drawn on the terminal any more.
  run.judge_warnings = [&](const Warnings& warnings) {
    return options.warnings.strict ? ReportWarnings(warnings, options.warnings) : Status();
  };
  SuiteOutcome outcome;
  {
    EvalProgress progress(options.warnings.quiet);
    run.progress = [&](int done, int total, int failed, const std::string& name) {
      progress.Count(done, total, failed, name);
    };
    FSC_ASSIGN_OR_RETURN(outcome, options.engine.is_slurm() ? RunSlurm(options, suite, run, &progress, limits)
                                                            : RunHere(options, suite, run, limits));
  }
  if (options.check) {
    if (!options.warnings.quiet)
      fmt::print(stderr, "{}: {} points, nothing wrong\n", options.suite, PlanPoints(suite).size());
    return {};
  }
  if (options.engine.dry_run) return {};
  FSC_RETURN_IF_ERROR(ReportWarnings(outcome.warnings, options.warnings));
  if (!options.warnings.quiet) {
    ListFailures(outcome.points);
    fmt::print(stderr, "{}: {} points, {} of them from before, {} failed: see {}/report.html\n", suite.name,
               outcome.points.size(), outcome.reused, outcome.failed, options.output);
  }
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
  auto options = std::make_shared<EvalArguments>();
  CLI::App* command =
      app.add_subcommand("eval", "Measure rate against task accuracy: clips x networks x configurations x QPs");
  command->add_option("SUITE", options->suite, "the suite (JSON); docs/evaluation.md has its keys")->required();
  command
      ->add_option("-o,--output", options->output,
                   "folder for the results; finished points in it are not measured again")
      ->required();
  AddEngineOptions(*command, &options->engine);
  command->add_option("--reuse", options->reuse,
                      "a configuration whose finished points stand although fsc was built anew; may be repeated");
  command->add_flag("--check", options->check, "look at the suite and its files, measure nothing");
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return Eval(*options); }};
}

}  // namespace fsc::tools
