#include "eval/slurm_watch.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace fsc {
namespace {

// Slurm's controller serves a whole cluster: the longer this takes, the less often it is asked.
constexpr std::chrono::milliseconds kLongestPause{15000};
// Results of small suites come soon.
constexpr std::chrono::milliseconds kShortestPoll{50};

constexpr char kPending[] = "PENDING";

}  // namespace

SlurmWatch::SlurmWatch(const SlurmOptions& options, SlurmJob job, JobFolder folder, const JobList& list)
    : options_(options), job_(std::move(job)), folder_(std::move(folder)) {
  for (size_t task = 0; task < list.tasks.size(); ++task) {
    for (const std::string& id : list.tasks[task]) open_[id] = int(task);
  }
}

Status SlurmWatch::Run(const Done& done) {
  const Clock::time_point start = Clock::now();
  Clock::time_point next_question = start;
  while (true) {
    TakeOutcomes(done);
    if (open_.empty()) return {};
    if (options_.interrupted()) return Cancel();
    if (Clock::now() >= next_question) {
      AskQueue(done);
      next_question = Clock::now() + std::clamp<Clock::duration>((Clock::now() - start) / 10, 2 * options_.poll,
                                                                 std::max(kLongestPause, 2 * options_.poll));
    }
    std::this_thread::sleep_for(std::clamp<Clock::duration>((Clock::now() - start) / 10,
                                                            std::min(kShortestPoll, options_.poll), options_.poll));
  }
}

void SlurmWatch::TakeOutcomes(const Done& done) {
  for (const std::string& id : folder_.EndedJobs()) {
    const auto job = open_.find(id);
    Status outcome;
    if (job == open_.end() || !folder_.ReadOutcome(id, &outcome).ok()) continue;
    open_.erase(job);
    done(id, outcome);
  }
}

void SlurmWatch::AskQueue(const Done& done) {
  const auto states = QueueStates(job_);
  if (!states.ok()) {
    options_.show_queue(states.error().OneLine());  // a controller may be away for a while
    return;
  }
  ShowQueue(*states);
  std::set<int> tasks;
  for (const auto& [id, task] : open_) tasks.insert(task);
  for (const int task : tasks) {
    const auto known = states->find(task);
    if (known != states->end() && !known->second.HasEnded()) {
      ended_at_.erase(task);  // Slurm may have started it again
      was_pending_[task] = known->second.state == kPending;
      continue;
    }
    std::string state = known == states->end() ? "" : known->second.state;
    // Slurm forgets at once a task that is cancelled while it waits.
    if (state.empty() && was_pending_[task] && !folder_.HasLog(task)) state = "cancelled before it started";
    // A task that is said to be fine has left results, which another machine may see late.
    const bool is_fine = state.empty() || state == "COMPLETED";
    const auto patience = is_fine ? options_.settle : std::min(options_.settle, 4 * options_.poll);
    const Clock::time_point since = ended_at_.try_emplace(task, Clock::now()).first->second;
    if (Clock::now() - since < patience) continue;
    folder_.Refresh();
    TakeOutcomes(done);
    GiveUp(task, state, done);
  }
}

void SlurmWatch::ShowQueue(const std::map<int, SlurmTaskState>& states) const {
  std::map<std::string, int> counts;
  std::string waits_for;
  for (const auto& [task, state] : states) {
    if (state.HasEnded()) continue;
    ++counts[state.state];
    // That the array's own limit holds tasks back is no news.
    if (state.state == kPending && state.reason != "None" && state.reason != "JobArrayTaskLimit")
      waits_for = state.reason;
  }
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) {
    parts.push_back(fmt::format("{} {}", count, name));
    std::transform(name.begin(), name.end(), parts.back().end() - ptrdiff_t(name.size()),
                   [](unsigned char c) { return char(std::tolower(c)); });
    if (name == kPending && !waits_for.empty()) parts.back() += " (" + waits_for + ")";
  }
  if (parts.empty()) parts = {"ended"};
  options_.show_queue(fmt::format("array {}: {}", job_.number, fmt::join(parts, ", ")));
}

void SlurmWatch::GiveUp(int task, const std::string& state, const Done& done) {
  std::vector<std::string> lost;
  for (const auto& [id, its_task] : open_) {
    if (its_task == task) lost.push_back(id);
  }
  if (lost.empty()) return;
  const std::string end = state.empty() ? PastState(job_, task) : state;
  const std::string line = folder_.LastLogLine(task);
  const Error error = Internal(
      fmt::format("Slurm task {}_{} ended without a result{}", job_.number, task, end.empty() ? "" : " (" + end + ")"),
      folder_.LogFile(task), line.empty() ? "there is nothing in the log" : line);
  for (const std::string& id : lost) {
    open_.erase(id);
    done(id, error);
  }
}

Error SlurmWatch::Cancel() const {
  const Status cancelled = CancelJob(job_);
  return IoError("interrupted", "Slurm array " + job_.number,
                 cancelled.ok() ? "it is cancelled; what is finished stays, and the same command goes on with the rest"
                                : "it may still run: " + cancelled.error().OneLine());
}

}  // namespace fsc
