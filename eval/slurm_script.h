// slurm_script.h: the batch script of an array of jobs, and which of sbatch's options a user may add.
#ifndef FSC_EVAL_SLURM_SCRIPT_H_
#define FSC_EVAL_SLURM_SCRIPT_H_

#include <map>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

struct SlurmScript {
  std::string job_name;
  int tasks = 1;
  int parallel = 0;  // tasks that may run at a time; 0 = as many as the cluster gives
  int cpus_per_task = 1;
  std::string log_folder;                          // absolute
  std::string working_folder;                      // absolute
  std::map<std::string, std::string> environment;  // for clusters that do not hand it on
  std::vector<std::string> command;                // the number of the task comes behind it
};

// kUsage for a folder that cannot be named in a script's options.
Result<std::string> WriteScript(const SlurmScript& script);

// kUsage for words that would undo what the script says, or that submit no job: another array, script or log.
Status CheckSbatchOptions(const std::vector<std::string>& words);

}  // namespace fsc

#endif  // FSC_EVAL_SLURM_SCRIPT_H_
