// slurm_queue.h: Slurm's commands: submits an array, asks what became of its tasks, cancels it.
#ifndef FSC_EVAL_SLURM_QUEUE_H_
#define FSC_EVAL_SLURM_QUEUE_H_

#include <map>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

// As sbatch names it: a number, and after a semicolon the cluster where it is not the usual one.
struct SlurmJob {
  std::string number;
  std::string cluster;
};

// kBadInput for anything else than "1234" or "1234;cluster".
Result<SlurmJob> ParseSlurmJob(const std::string& text);
std::string SlurmJobText(const SlurmJob& job);

struct SlurmTaskState {
  std::string state;   // as squeue names it: "RUNNING"
  std::string reason;  // why it is pending: "Resources"
  bool HasEnded() const;
};

// The words that submit a script.
std::vector<std::string> SubmitCommand(const std::string& script_path, const std::vector<std::string>& sbatch_options);

// kIo when there is no sbatch, and with what sbatch says when it refuses.
Result<SlurmJob> SubmitScript(const std::string& script_path, const std::vector<std::string>& sbatch_options);

// By number of the task. Tasks that Slurm has forgotten since they ended are not in it. kIo when Slurm does not answer.
Result<std::map<int, SlurmTaskState>> QueueStates(const SlurmJob& job);

// The end of a task that the queue has forgotten, from the accounting; empty where there is none.
std::string PastState(const SlurmJob& job, int task);

Status CancelJob(const SlurmJob& job);

// How many tasks an array may have: the cluster's MaxArraySize, or Slurm's default when nobody says it.
int MostArrayTasks();

}  // namespace fsc

#endif  // FSC_EVAL_SLURM_QUEUE_H_
