// job_list.h: jobs on their way to other processes and back, as files in one folder:
//
//   jobs.json            which task of an array runs which jobs, and by which program they were planned
//   outcomes/ID.json     how a job ended: there as soon as it has, whole or not at all
//   logs/TASK.log        what the task printed
//
// These files are the tool's own: they are checked for being whole, not against malice.
#ifndef FSC_EVAL_JOB_LIST_H_
#define FSC_EVAL_JOB_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

struct JobList {
  std::string program;                          // ProgramKey() of the process that planned them
  std::vector<std::vector<std::string>> tasks;  // ids of jobs (Job::id), in the order of their start
};

// `jobs` in order, shared out evenly among at most `most_tasks` tasks, whose jobs follow each other.
std::vector<std::vector<size_t>> ShareOut(size_t jobs, size_t most_tasks);

class JobFolder {
 public:
  explicit JobFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string LogFile(int task) const;
  bool HasLog(int task) const;
  // The last line of the task's log that says something; empty where there is none.
  std::string LastLogLine(int task) const;

  // Makes what is missing of the folder.
  Status WriteList(const JobList& list) const;
  Result<JobList> ReadList() const;

  bool HasOutcome(const std::string& id) const;
  Status WriteOutcome(const std::string& id, const Status& outcome) const;
  // Of all jobs that have ended, in no order.
  std::vector<std::string> EndedJobs() const;
  // What the job ended with. The error is that of reading; `*outcome` is untouched then.
  Status ReadOutcome(const std::string& id, Status* outcome) const;
  // Makes a network file system look again: what another machine wrote may be hidden by what this one remembers.
  void Refresh() const;

 private:
  std::string OutcomeFile(const std::string& id) const;

  std::string path_;
};

}  // namespace fsc

#endif  // FSC_EVAL_JOB_LIST_H_
