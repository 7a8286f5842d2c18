// slurm_watch.h: looks after a submitted array until each of its jobs has an outcome, or can have none any more.
#ifndef FSC_EVAL_SLURM_WATCH_H_
#define FSC_EVAL_SLURM_WATCH_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/clock.h"
#include "eval/job_list.h"
#include "eval/slurm_engine.h"
#include "eval/slurm_queue.h"

namespace fsc {

class SlurmWatch {
 public:
  using Done = std::function<void(const std::string& id, const Status& outcome)>;

  // Borrows `options`.
  SlurmWatch(const SlurmOptions& options, SlurmJob job, JobFolder folder, const JobList& list);

  // Calls `done` once for every job of the list. A task that ended without the outcome of a job makes that job fail,
  // with the path of the log and its last line. kIo when the user wants an end: the array is cancelled.
  Status Run(const Done& done);

 private:
  void TakeOutcomes(const Done& done);
  void AskQueue(const Done& done);
  void ShowQueue(const std::map<int, SlurmTaskState>& states) const;
  void GiveUp(int task, const std::string& state, const Done& done);
  Error Cancel() const;

  const SlurmOptions& options_;
  SlurmJob job_;
  JobFolder folder_;
  std::map<std::string, int> open_;            // jobs without an outcome, and their tasks
  std::map<int, bool> was_pending_;            // tasks, when they were last in the queue
  std::map<int, Clock::time_point> ended_at_;  // tasks with open jobs that have ended: since when that is known
};

}  // namespace fsc

#endif  // FSC_EVAL_SLURM_WATCH_H_
