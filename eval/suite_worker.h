// suite_worker.h: one task of an array of jobs (job_list.h): another process of the same program, perhaps on another
// machine, that plans the same suite and runs some of its jobs.
#ifndef FSC_EVAL_SUITE_WORKER_H_
#define FSC_EVAL_SUITE_WORKER_H_

#include <functional>
#include <string>

#include "eval/job_list.h"
#include "eval/suite.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

// Runs the jobs of `task`, one after the other, each in a process of its own, and leaves their outcomes in `jobs`;
// those that have one, since the task was started before, are passed over. `suite` and `folder`: as in RunSuite. Jobs
// fail, and say so, where this program or a file of the suite is not the one that the jobs were planned with. An error
// means that outcomes are missing. `told`: after each job, its name and how it ended.
Status RunTask(const Suite& suite, const std::string& folder, const JobFolder& jobs, int task, const Limits& limits,
               const std::function<void(const std::string& name, const Status& outcome)>& told);

}  // namespace fsc

#endif  // FSC_EVAL_SUITE_WORKER_H_
