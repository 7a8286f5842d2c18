#include "eval/slurm_queue.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

#include "core/parse_number.h"
#include "eval/run_command.h"

namespace fsc {
namespace {

constexpr int kDefaultMaxArraySize = 1001;

// These would take the place of what the script says.
const std::set<std::string> kHiddenVariables = {"SBATCH_ARRAY_INX", "SBATCH_ERROR", "SBATCH_OUTPUT", "SBATCH_WAIT"};

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
  }
  return lines;
}

std::string OneLine(const std::string& text) {
  return fmt::format("{}", fmt::join(Lines(text), "; "));
}

Result<CommandOutput> RunSlurm(std::vector<std::string> words, const SlurmJob& job) {
  if (!job.cluster.empty()) words.push_back("--clusters=" + job.cluster);
  return RunCommand(words);
}

}  // namespace

Result<SlurmJob> ParseSlurmJob(const std::string& text) {
  const size_t semicolon = text.find(';');
  SlurmJob job;
  job.number = text.substr(0, semicolon);
  if (semicolon != std::string::npos) job.cluster = text.substr(semicolon + 1);
  const bool digits = std::all_of(job.number.begin(), job.number.end(),
                                  [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
  if (job.number.empty() || !digits) return BadInput("not the number of a Slurm job", text);
  return job;
}

std::string SlurmJobText(const SlurmJob& job) {
  return job.cluster.empty() ? job.number : job.number + ";" + job.cluster;
}

bool SlurmTaskState::HasEnded() const {
  static const std::set<std::string> kEnds = {"BOOT_FAIL", "CANCELLED",     "COMPLETED", "DEADLINE", "FAILED",
                                              "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",  "TIMEOUT"};
  return kEnds.count(state) != 0;
}

std::vector<std::string> SubmitCommand(const std::string& script_path, const std::vector<std::string>& sbatch_options) {
  std::vector<std::string> words = {"sbatch", "--parsable"};
  words.insert(words.end(), sbatch_options.begin(), sbatch_options.end());
  words.push_back(script_path);
  return words;
}

Result<SlurmJob> SubmitScript(const std::string& script_path, const std::vector<std::string>& sbatch_options) {
  Result<CommandOutput> output = RunCommand(SubmitCommand(script_path, sbatch_options), kHiddenVariables);
  if (!output.ok()) {
    Error error = output.TakeStatus().TakeError();
    error.advice = "Slurm's commands must be in PATH: run this on a login node of the cluster";
    return error;
  }
  if (output->exit_code != 0) {
    const std::string said = OneLine(output->errors + output->out);
    return IoError("sbatch did not take the array", {},
                   said.empty() ? fmt::format("it ended with code {}", output->exit_code) : said);
  }
  const std::vector<std::string> lines = Lines(output->out);
  const Result<SlurmJob> job = ParseSlurmJob(lines.empty() ? "" : lines.back());
  if (!job.ok()) return IoError("sbatch did not say the number of the job", {}, OneLine(output->out));
  return *job;
}

Result<std::map<int, SlurmTaskState>> QueueStates(const SlurmJob& job) {
  FSC_ASSIGN_OR_RETURN(
      const CommandOutput output,
      RunSlurm({"squeue", "--jobs=" + job.number, "--array", "--states=all", "--noheader", "--format=%K|%T|%r"}, job));
  std::map<int, SlurmTaskState> states;
  if (output.exit_code != 0) {
    if (output.errors.find("Invalid job id") != std::string::npos) return states;  // all ended long ago
    return IoError("squeue does not answer", {}, OneLine(output.errors));
  }
  for (const std::string& line : Lines(output.out)) {
    const size_t first = line.find('|');
    const size_t second = line.find('|', first + 1);
    int task = 0;
    if (second == std::string::npos || !ParseNumber(std::string_view(line).substr(0, first), &task))
      continue;  // "CLUSTER: name"
    states[task] = {line.substr(first + 1, second - first - 1), line.substr(second + 1)};
  }
  return states;
}

std::string PastState(const SlurmJob& job, int task) {
  const std::string name = fmt::format("{}_{}", job.number, task);
  const auto output =
      RunSlurm({"sacct", "--jobs=" + name, "--noheader", "--allocations", "--parsable2", "--format=JobID,State"}, job);
  if (!output.ok() || output->exit_code != 0) return {};
  for (const std::string& line : Lines(output->out)) {
    if (line.starts_with(name + "|")) return line.substr(name.size() + 1);
  }
  return {};
}

Status CancelJob(const SlurmJob& job) {
  FSC_ASSIGN_OR_RETURN(const CommandOutput output, RunSlurm({"scancel", job.number}, job));
  if (output.exit_code != 0) return IoError("scancel did not cancel the job", job.number, OneLine(output.errors));
  return {};
}

int MostArrayTasks() {
  const Result<CommandOutput> output = RunCommand({"scontrol", "show", "config"});
  if (!output.ok() || output->exit_code != 0) return kDefaultMaxArraySize;
  for (const std::string& line : Lines(output->out)) {
    int size = 0;
    const size_t value = line.find("= ");
    if (!line.starts_with("MaxArraySize") || value == std::string::npos) continue;
    if (ParseNumber(std::string_view(line).substr(value + 2), &size)) return std::max(size, 1);
  }
  return kDefaultMaxArraySize;
}

}  // namespace fsc
