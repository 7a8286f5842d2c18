#include "eval/job_list.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "eval/whole_files.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char kOutcomeExtension[] = ".json";
constexpr std::streamoff kLogTailBytes = 4096;

Result<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return IoError("cannot read", path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string Dump(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::vector<std::vector<size_t>> ShareOut(size_t jobs, size_t most_tasks) {
  const size_t count = std::min(jobs, most_tasks);
  std::vector<std::vector<size_t>> tasks(count);
  size_t job = 0;
  for (size_t t = 0; t < count; ++t) {
    for (const size_t end = jobs * (t + 1) / count; job < end; ++job) tasks[t].push_back(job);
  }
  return tasks;
}

std::string JobFolder::LogFile(int task) const {
  return path_ + "/logs/" + std::to_string(task) + ".log";
}

bool JobFolder::HasLog(int task) const {
  std::error_code failure;
  return fs::exists(LogFile(task), failure);
}

std::string JobFolder::LastLogLine(int task) const {
  std::ifstream log(LogFile(task), std::ios::binary);
  log.seekg(0, std::ios::end);
  const std::streamoff size = log.tellg();
  if (!log || size <= 0) return {};
  log.seekg(std::max<std::streamoff>(0, size - kLogTailBytes));
  std::string last;
  for (std::string line; std::getline(log, line);) {
    for (char& c : line) {
      if (std::iscntrl(static_cast<unsigned char>(c)) != 0) c = ' ';
    }
    if (line.find_first_not_of(' ') != std::string::npos) last = line;
  }
  return last;
}

std::string JobFolder::OutcomeFile(const std::string& id) const {
  return path_ + "/outcomes/" + id + kOutcomeExtension;
}

Status JobFolder::WriteList(const JobList& list) const {
  for (const char* folder : {"/outcomes", "/logs"}) {
    std::error_code failure;
    fs::create_directories(path_ + folder, failure);
    if (failure) return IoError("cannot create the folder", path_ + folder, failure.message());
  }
  return WriteWholeFile(path_ + "/jobs.json", Dump({{"program", list.program}, {"tasks", list.tasks}}));
}

Result<JobList> JobFolder::ReadList() const {
  const std::string path = path_ + "/jobs.json";
  FSC_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  JobList list;
  try {
    const Json json = Json::parse(text);
    list.program = json.at("program").get<std::string>();
    list.tasks = json.at("tasks").get<std::vector<std::vector<std::string>>>();
  } catch (const Json::exception& e) {
    return BadInput("malformed list of jobs", path, e.what());
  }
  return list;
}

bool JobFolder::HasOutcome(const std::string& id) const {
  std::error_code failure;
  return fs::exists(OutcomeFile(id), failure);
}

Status JobFolder::WriteOutcome(const std::string& id, const Status& outcome) const {
  Json json = {{"ok", outcome.ok()}};
  if (!outcome.ok()) {
    const Error& error = outcome.error();
    json.update({{"kind", int(error.kind)}, {"what", error.what}, {"where", error.where}, {"advice", error.advice}});
  }
  return WriteWholeFile(OutcomeFile(id), Dump(json));
}

std::vector<std::string> JobFolder::EndedJobs() const {
  std::vector<std::string> ids;
  std::error_code failure;
  for (fs::directory_iterator it(path_ + "/outcomes", failure), end; !failure && it != end; it.increment(failure)) {
    if (it->path().extension() == kOutcomeExtension) ids.push_back(it->path().stem().string());
  }
  return ids;
}

Status JobFolder::ReadOutcome(const std::string& id, Status* outcome) const {
  FSC_ASSIGN_OR_RETURN(const std::string text, ReadText(OutcomeFile(id)));
  try {
    const Json json = Json::parse(text);
    if (json.at("ok").get<bool>()) {
      *outcome = Status();
      return {};
    }
    Error error;
    error.kind = ErrorKind(std::clamp(json.at("kind").get<int>(), int(ErrorKind::kInternal), int(ErrorKind::kIo)));
    error.what = json.at("what").get<std::string>();
    error.where = json.at("where").get<std::string>();
    error.advice = json.at("advice").get<std::string>();
    *outcome = std::move(error);
    return {};
  } catch (const Json::exception& e) {
    return BadInput("malformed outcome of a job", OutcomeFile(id), e.what());
  }
}

void JobFolder::Refresh() const {
  const std::string probe = path_ + "/outcomes/probe";
  std::ofstream(probe) << "\n";
  std::error_code ignored;
  fs::remove(probe, ignored);
}

}  // namespace fsc
