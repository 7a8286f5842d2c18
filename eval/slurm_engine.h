// slurm_engine.h: jobs as an array on a Slurm cluster, over a folder that all its nodes see. Each call of Run() submits
// one array, whose files (job_list.h) are in a numbered folder, with the script that was submitted and
//
//   FOLDER/1/submitted   the job's number, while its tasks may be in the queue
#ifndef FSC_EVAL_SLURM_ENGINE_H_
#define FSC_EVAL_SLURM_ENGINE_H_

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "eval/engine.h"
#include "eval/job_list.h"
#include "eval/slurm_queue.h"
#include "eval/slurm_script.h"

namespace fsc {

struct SlurmOptions {
  std::string folder;  // absolute
  // What each array has in common. The command of a task is followed by the folder of its jobs and its number.
  SlurmScript script;
  std::vector<std::string> sbatch_options;
  // Asked all the time: the user wants an end. Then the array is cancelled.
  std::function<bool()> interrupted = [] { return false; };
  std::function<void(const std::string&)> announce = [](const std::string&) {};    // once: what was submitted
  std::function<void(const std::string&)> show_queue = [](const std::string&) {};  // often: what the queue says
  // How long a result may be on its way over the network after its task has ended, and how often is looked for results
  // (at first more often).
  std::chrono::milliseconds settle{60000};
  std::chrono::milliseconds poll{500};
};

class SlurmEngine : public Engine {
 public:
  explicit SlurmEngine(SlurmOptions options) : options_(std::move(options)) {}

  // Waits for arrays of an earlier run whose watcher has gone.
  Status Begin() override;
  Status Run(const std::vector<Job>& jobs) override;

  // The script that Run() would submit, and before it the command that does; writes nothing. `array`: this is the
  // first, second ... one of those to come.
  Result<std::string> DryRun(const std::vector<Job>& jobs, int array) const;

 private:
  Result<std::string> ScriptOf(const JobFolder& folder, size_t tasks) const;
  std::string FreeFolder(int number) const;

  SlurmOptions options_;
};

}  // namespace fsc

#endif  // FSC_EVAL_SLURM_ENGINE_H_
