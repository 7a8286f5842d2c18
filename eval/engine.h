// engine.h: where the jobs of a suite run: in processes of this machine, or on a cluster (slurm_engine.h).
#ifndef FSC_EVAL_ENGINE_H_
#define FSC_EVAL_ENGINE_H_

#include <vector>

#include "eval/job_pool.h"
#include "fsc/status.h"

namespace fsc {

class Engine {
 public:
  virtual ~Engine() = default;
  // Comes before anything is planned: waits for jobs that an earlier run of the same folder left behind.
  virtual Status Begin() { return {}; }
  // Calls the `done` of every job once, when its outcome is known, in no order. An error means that the engine has
  // given up the jobs that are not done.
  virtual Status Run(const std::vector<Job>& jobs) = 0;
};

class LocalEngine : public Engine {
 public:
  explicit LocalEngine(int parallel) : parallel_(parallel) {}
  Status Run(const std::vector<Job>& jobs) override { return RunJobs(jobs, parallel_); }

 private:
  int parallel_;
};

}  // namespace fsc

#endif  // FSC_EVAL_ENGINE_H_
