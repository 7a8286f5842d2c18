// job_pool.h: runs jobs in child processes, several at a time. A job that fails, crashes or is killed takes nobody with
// it.
#ifndef FSC_EVAL_JOB_POOL_H_
#define FSC_EVAL_JOB_POOL_H_

#include <functional>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

struct Job {
  std::string name;                                 // for people
  std::string id;                                   // for another process (suite_plan.h); a file's name could be it
  std::function<Status()> run;                      // in the child; its results must go to files
  std::function<void(const Status& outcome)> done;  // in the parent, when the child has ended
};

// Runs `jobs`, in order of their start, at most `parallel` at once. The process must have no other threads (the
// children are forks). kInternal when a child cannot be started; the outcome of a job only goes to its `done`.
Status RunJobs(const std::vector<Job>& jobs, int parallel);

// One job in a process of its own, and how it ended.
Status RunApart(const std::string& name, std::function<Status()> run);

}  // namespace fsc

#endif  // FSC_EVAL_JOB_POOL_H_
