#include "eval/suite_run.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "eval/point_run.h"
#include "eval/reference_cache.h"
#include "eval/suite_files.h"
#include "eval/suite_plan.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;
using Pair = SuitePlan::Pair;

Status MakeFolder(const std::string& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) return IoError("cannot create the folder", path, failure.message());
  return {};
}

class SuiteRunner {
 public:
  SuiteRunner(const Suite& suite, const SuiteRunOptions& options, const Limits& limits)
      : suite_(suite), options_(options), limits_(limits), plan_(suite, options.folder, limits) {}

  Result<SuiteOutcome> Run() {
    if (plan_.size() == 0)
      return BadInput("the suite has no points", suite_.path,
                      "give it clips, models and configurations that go together");
    FSC_RETURN_IF_ERROR(CheckAll());
    if (options_.check_only) return SuiteOutcome{};
    if (options_.show_jobs) return ShowJobs();
    FSC_RETURN_IF_ERROR(MakeFolder(options_.folder + "/cache"));
    FSC_RETURN_IF_ERROR(MakeFolder(options_.folder + "/points"));
    FSC_RETURN_IF_ERROR(options_.engine->Begin());
    FSC_RETURN_IF_ERROR(FindWork());
    FSC_RETURN_IF_ERROR(options_.engine->Run(ReferenceJobs()));
    CollectWarnings();
    if (options_.judge_warnings) FSC_RETURN_IF_ERROR(options_.judge_warnings(warnings_));
    FSC_RETURN_IF_ERROR(options_.engine->Run(PointJobs()));
    SuiteOutcome outcome;
    outcome.reused = int(plan_.size() - missing_.size());
    outcome.warnings = warnings_;
    std::vector<std::string> examples;
    for (size_t i = 0; i < plan_.size(); ++i) {
      outcome.points.push_back(Collect(i));
      if (!outcome.points.back().error.empty()) ++outcome.failed;
      if (plan_.is_example(i)) examples.push_back(plan_.ExampleFile(i));
    }
    FSC_RETURN_IF_ERROR(WriteSuiteFiles(suite_, options_.folder, options_.command, outcome.points, notes_, examples));
    return outcome;
  }

 private:
  // In a child: reading clips and labels may start threads in the libraries, which this process must not have.
  Status CheckAll() {
    Status outcome;
    Job check;
    check.name = "check";
    check.run = [&]() -> Status {
      for (const auto& [clip, model] : plan_.Pairs()) {
        Status status = CheckClip(*clip, model, limits_);
        if (status.ok()) continue;
        Error error = status.TakeError();
        error.where =
            fmt::format("{}, clip {}{}{}{}", suite_.path, clip->name, model == nullptr ? "" : ", model " + model->name,
                        error.where.empty() ? "" : ": ", error.where);
        return error;
      }
      return {};
    };
    check.done = [&](const Status& status) {
      if (!status.ok()) outcome = status.error();
    };
    FSC_RETURN_IF_ERROR(RunJobs({check}, 1));
    return outcome;
  }

  Result<SuiteOutcome> ShowJobs() {
    FSC_RETURN_IF_ERROR(FindWork());
    const std::vector<Job> references = ReferenceJobs();
    FSC_RETURN_IF_ERROR(options_.show_jobs(references, PointJobs()));
    return SuiteOutcome{};
  }

  Status FindWork() {
    FSC_RETURN_IF_ERROR(plan_.MakeKeys());
    for (size_t i = 0; i < plan_.size(); ++i) {
      if (!plan_.IsFinished(i, options_.reuse)) missing_.push_back(i);
    }
    total_ = int(missing_.size());
    return {};
  }

  std::vector<Job> ReferenceJobs() {
    std::vector<Job> jobs;
    std::vector<Pair> seen;
    for (const size_t i : missing_) {
      const Pair pair = plan_.PairOf(i);
      if (std::find(seen.begin(), seen.end(), pair) != seen.end()) continue;
      seen.push_back(pair);
      if (ReferenceExists(plan_.ReferenceFolder(pair))) continue;
      Job job = plan_.ReferenceJob(i);
      job.done = [this, pair, name = job.name](const Status& status) {
        if (!status.ok()) reference_errors_[pair] = status.error().OneLine();
        Count(status, name);
      };
      jobs.push_back(std::move(job));
    }
    total_ += int(jobs.size());
    return jobs;
  }

  // What each clip warns of, once for all networks that see it.
  void CollectWarnings() {
    for (const Pair& pair : plan_.Pairs()) {
      const auto info = ReadReferenceInfo(plan_.ReferenceFolder(pair));
      if (!info.ok()) continue;  // the points say why
      for (const Warning& warning : info->warnings.list()) {
        const std::string note = warning.OneLine();
        if (std::find(notes_.begin(), notes_.end(), note) != notes_.end()) continue;
        notes_.push_back(note);
        warnings_.Add(warning);
      }
    }
  }

  // Of the points whose uncompressed run is there; the others fail here.
  std::vector<Job> PointJobs() {
    std::vector<Job> jobs;
    for (const size_t i : missing_) {
      Job job = plan_.PointJob(i);
      job.done = [this, i, name = job.name](const Status& status) {
        if (!status.ok()) errors_[i] = status.error().OneLine();
        Count(status, name);
      };
      const auto broken = reference_errors_.find(plan_.PairOf(i));
      if (broken != reference_errors_.end()) {
        job.done(Internal("no uncompressed run", {}, broken->second));
      } else {
        jobs.push_back(std::move(job));
      }
    }
    return jobs;
  }

  void Count(const Status& status, const std::string& name) {
    ++done_;
    failed_ += !status.ok();
    if (options_.progress) options_.progress(done_, total_, failed_, name);
  }

  EvalPoint Collect(size_t i) const {
    EvalPoint failed = NamePoint(plan_.point(i));
    const auto error = errors_.find(i);
    if (error != errors_.end()) {
      failed.error = error->second;
      return failed;
    }
    Result<EvalPoint> point = plan_.ReadPoint(i);
    if (point.ok()) return std::move(*point);
    failed.error = point.error().OneLine();
    return failed;
  }

  const Suite& suite_;
  const SuiteRunOptions& options_;
  const Limits& limits_;
  SuitePlan plan_;
  std::vector<size_t> missing_;  // points
  Warnings warnings_;
  std::vector<std::string> notes_;  // a line for each warning of each clip
  std::map<Pair, std::string> reference_errors_;
  std::map<size_t, std::string> errors_;
  int total_ = 0, done_ = 0, failed_ = 0;
};

}  // namespace

Result<SuiteOutcome> RunSuite(const Suite& suite, const SuiteRunOptions& options, const Limits& limits) {
  return SuiteRunner(suite, options, limits).Run();
}

}  // namespace fsc
