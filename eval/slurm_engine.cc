#include "eval/slurm_engine.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "eval/command_words.h"
#include "eval/slurm_watch.h"
#include "eval/suite_keys.h"
#include "eval/whole_files.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;

std::string SubmittedFile(const JobFolder& folder) {
  return folder.path() + "/submitted";
}

// Nobody needs to look after the array any more.
void Forget(const JobFolder& folder) {
  std::error_code ignored;
  fs::remove(SubmittedFile(folder), ignored);
}

// "1 task", "2 tasks"
std::string Counted(size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::vector<std::string> SubmittedFolders(const std::string& root) {
  std::vector<std::string> folders;
  std::error_code failure;
  for (fs::directory_iterator it(root, failure), end; !failure && it != end; it.increment(failure)) {
    std::error_code ignored;
    if (fs::exists(it->path() / "submitted", ignored)) folders.push_back(it->path().string());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

// The `number`th that is not there, from 1.
std::string SlurmEngine::FreeFolder(int number) const {
  int i = 1;
  std::error_code ignored;
  for (; fs::exists(fmt::format("{}/{}", options_.folder, i), ignored) || --number > 0; ++i) {
  }
  return fmt::format("{}/{}", options_.folder, i);
}

Result<std::string> SlurmEngine::ScriptOf(const JobFolder& folder, size_t tasks) const {
  SlurmScript script = options_.script;
  script.tasks = int(tasks);
  script.log_folder = fs::path(folder.LogFile(0)).parent_path().string();
  script.command.push_back(folder.path());
  return WriteScript(script);
}

Result<std::string> SlurmEngine::DryRun(const std::vector<Job>& jobs, int array) const {
  const JobFolder folder(FreeFolder(array));
  const auto tasks = ShareOut(jobs.size(), size_t(MostArrayTasks()));
  FSC_ASSIGN_OR_RETURN(const std::string script, ScriptOf(folder, tasks.size()));
  return fmt::format("# {} in {}: {}\n{}", Counted(jobs.size(), "job"), Counted(tasks.size(), "task"),
                     JoinWords(SubmitCommand(folder.path() + "/script.sh", options_.sbatch_options)), script);
}

Status SlurmEngine::Begin() {
  for (const std::string& path : SubmittedFolders(options_.folder)) {
    const JobFolder folder(path);
    std::string text;
    std::ifstream(SubmittedFile(folder)) >> text;
    FSC_ASSIGN_OR_RETURN(const SlurmJob job, ParseSlurmJob(text));
    FSC_ASSIGN_OR_RETURN(const JobList list, folder.ReadList());
    FSC_ASSIGN_OR_RETURN(const auto states, QueueStates(job));
    if (std::any_of(states.begin(), states.end(), [](const auto& state) { return !state.second.HasEnded(); })) {
      options_.announce(fmt::format("Slurm array {} of an earlier run is not through: waiting for it", job.number));
      FSC_RETURN_IF_ERROR(SlurmWatch(options_, job, folder, list).Run([](const std::string&, const Status&) {}));
    }
    Forget(folder);
  }
  return {};
}

Status SlurmEngine::Run(const std::vector<Job>& jobs) {
  if (jobs.empty()) return {};
  const JobFolder folder(FreeFolder(1));
  JobList list;
  FSC_ASSIGN_OR_RETURN(list.program, ProgramKey());
  std::map<std::string, const Job*> by_id;
  for (const std::vector<size_t>& task : ShareOut(jobs.size(), size_t(MostArrayTasks()))) {
    list.tasks.emplace_back();
    for (const size_t i : task) {
      list.tasks.back().push_back(jobs[i].id);
      by_id[jobs[i].id] = &jobs[i];
    }
  }
  FSC_ASSIGN_OR_RETURN(const std::string script, ScriptOf(folder, list.tasks.size()));
  FSC_RETURN_IF_ERROR(folder.WriteList(list));
  FSC_RETURN_IF_ERROR(WriteWholeFile(folder.path() + "/script.sh", script));
  Result<SlurmJob> job = SubmitScript(folder.path() + "/script.sh", options_.sbatch_options);
  if (!job.ok()) {
    std::error_code ignored;
    fs::remove_all(folder.path(), ignored);
    return job.TakeStatus();
  }
  Status noted = WriteWholeFile(SubmittedFile(folder), SlurmJobText(*job) + "\n");
  if (!noted.ok()) {
    (void)CancelJob(*job);  // the first error says more
    return noted;
  }
  options_.announce(fmt::format("Slurm array {}: {} in {}, logs in {}/logs", job->number, Counted(jobs.size(), "job"),
                                Counted(list.tasks.size(), "task"), folder.path()));
  SlurmWatch watch(options_, *job, folder, list);
  FSC_RETURN_IF_ERROR(watch.Run([&](const std::string& id, const Status& outcome) { by_id.at(id)->done(outcome); }));
  Forget(folder);
  return {};
}

}  // namespace fsc
