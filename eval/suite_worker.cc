#include "eval/suite_worker.h"

#include <utility>

#include <fmt/format.h>

#include "eval/suite_plan.h"

namespace fsc {
namespace {

// The job's name, where it can be told, and how it ended.
std::pair<std::string, Status> RunOne(SuitePlan* plan, const std::string& id, const std::string& program) {
  if (plan->program() != program) {
    return {id, BadInput("this machine has another build of fsc than the one that planned the job", id,
                         "let all machines run the same files, and start the evaluation again")};
  }
  Result<Job> job = plan->FindJob(id);
  if (!job.ok()) return {id, job.TakeStatus()};
  Status outcome;
  job->done = [&](const Status& status) {
    if (!status.ok()) outcome = status.error();
  };
  Status ran = RunJobs({*job}, 1);
  return {job->name, ran.ok() ? std::move(outcome) : std::move(ran)};
}

}  // namespace

Status RunTask(const Suite& suite, const std::string& folder, const JobFolder& jobs, int task, const Limits& limits,
               const std::function<void(const std::string& name, const Status& outcome)>& told) {
  FSC_ASSIGN_OR_RETURN(const JobList list, jobs.ReadList());
  if (task < 0 || size_t(task) >= list.tasks.size())
    return Usage(fmt::format("the list has {} tasks, and no task {}", list.tasks.size(), task), jobs.path());
  SuitePlan plan(suite, folder, limits);
  FSC_RETURN_IF_ERROR(plan.MakeProgramKey());
  for (const std::string& id : list.tasks[size_t(task)]) {
    if (jobs.HasOutcome(id)) continue;
    const auto [name, outcome] = RunOne(&plan, id, list.program);
    FSC_RETURN_IF_ERROR(jobs.WriteOutcome(id, outcome));
    told(name, outcome);
  }
  return {};
}

}  // namespace fsc
