#include "tools/eval_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "eval/command_words.h"
#include "eval/processor.h"
#include "eval/suite_environment.h"
#include "eval/suite_files.h"
#include "eval/suite_worker.h"

namespace fsc::tools {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::vector<std::string> EngineOptions::Words() const {
  std::vector<std::string> words;
  if (is_slurm()) words = {"--engine", engine};
  if (!is_slurm() || jobs_option->count() > 0) words.insert(words.end(), {"--jobs", std::to_string(jobs)});
  if (!sbatch.empty()) words.insert(words.end(), {"--sbatch", sbatch});
  return words;
}

void AddEngineOptions(CLI::App& command, EngineOptions* options) {
  command.add_option("--engine", options->engine, "where points are measured: local, or slurm: as an array of jobs")
      ->capture_default_str()
      ->check(CLI::IsMember({"local", "slurm"}));
  options->jobs_option =
      command
          .add_option("--jobs", options->jobs,
                      "points measured at a time, each in a process of its own (times are truest with 1); with slurm: "
                      "tasks at a time, as many as the cluster gives unless it is said")
          ->capture_default_str()
          ->check(CLI::Range(1, 256));
  command.add_option("--sbatch", options->sbatch, "with slurm: more options for sbatch, '--partition=short --time=30'");
  command.add_flag("--dry-run", options->dry_run, "with slurm: print what would be submitted, and submit nothing");
  command.add_option("--worker", options->worker, "folder of an array's jobs, and the task to run")
      ->group("");  // for the script
}

Status CheckEngineOptions(const EngineOptions& options) {
  if (!options.is_slurm() && !options.sbatch.empty()) return Usage("--sbatch goes with --engine slurm");
  if (!options.is_slurm() && options.dry_run) return Usage("--dry-run goes with --engine slurm");
  FSC_ASSIGN_OR_RETURN(const std::vector<std::string> words, SplitWords(options.sbatch));
  return CheckSbatchOptions(words);
}

Result<SlurmOptions> SlurmOptionsFrom(const EngineOptions& options, const Suite& suite,
                                      const std::string& suite_argument, const std::string& output) {
  std::error_code failure;
  SlurmOptions slurm;
  slurm.folder = fs::absolute(output + "/slurm", failure).lexically_normal().string();
  const std::string program = fs::read_symlink("/proc/self/exe", failure).string();
  if (failure) return IoError("cannot tell where this program is", {}, failure.message());
  FSC_ASSIGN_OR_RETURN(slurm.sbatch_options, SplitWords(options.sbatch));
  slurm.script.job_name = "fsc-" + FileNameOf(suite.name);
  slurm.script.parallel = options.jobs_option->count() > 0 ? options.jobs : 0;
  slurm.script.cpus_per_task = std::max(1, suite.many_threads);
  slurm.script.working_folder = fs::current_path(failure).string();
  slurm.script.environment = SuiteEnvironment(suite);
  slurm.script.command = {program, "eval", suite_argument, "-o", output, "--worker"};
  return slurm;
}

Status RunWorker(const EngineOptions& options, const Suite& suite, const std::string& output, const Limits& limits) {
  fmt::print("{}: task {}\n", HostName(), options.worker.second);
  std::fflush(stdout);  // a task that is killed has said where
  return RunTask(suite, output, JobFolder(options.worker.first), options.worker.second, limits,
                 [](const std::string& name, const Status& outcome) {
                   fmt::print("{}: {}\n", name, outcome.ok() ? "done" : outcome.error().OneLine());
                   std::fflush(stdout);
                 });
}

}  // namespace fsc::tools
