// eval_engine.h: where `fsc eval` runs its points: the options that say so, and the engines and workers that they make.
#ifndef FSC_TOOLS_EVAL_ENGINE_H_
#define FSC_TOOLS_EVAL_ENGINE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "eval/slurm_engine.h"
#include "eval/suite.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc::tools {

struct EngineOptions {
  std::string engine = "local";
  int jobs = 1;
  const CLI::Option* jobs_option = nullptr;
  std::string sbatch;
  bool dry_run = false;
  std::pair<std::string, int> worker;  // folder of a job list and a task of it; an empty folder = this is no worker

  bool is_slurm() const { return engine == "slurm"; }
  bool is_worker() const { return !worker.first.empty(); }
  // As words of a command line: what the user chose.
  std::vector<std::string> Words() const;
};

// --engine, --jobs, --sbatch, --dry-run, and what the tasks of an array are started with.
void AddEngineOptions(CLI::App& command, EngineOptions* options);

// kUsage for options that go with Slurm where it was not asked for, and for words that sbatch may not get.
Status CheckEngineOptions(const EngineOptions& options);

// What a SlurmEngine needs, but for whom it tells things. `suite_argument` and `output`: as they were given.
Result<SlurmOptions> SlurmOptionsFrom(const EngineOptions& options, const Suite& suite,
                                      const std::string& suite_argument, const std::string& output);

// Runs one task of an array, and says on standard output how each job ended.
Status RunWorker(const EngineOptions& options, const Suite& suite, const std::string& output, const Limits& limits);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_EVAL_ENGINE_H_
