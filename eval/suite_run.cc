#include "eval/suite_run.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "eval/job_pool.h"
#include "eval/point_run.h"
#include "eval/reference_cache.h"
#include "eval/suite_files.h"
#include "eval/suite_keys.h"
#include "eval/whole_files.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;

Status MakeFolder(const std::string& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure) return IoError("cannot create the folder", path, failure.message());
  return {};
}

class SuiteRunner {
 public:
  SuiteRunner(const Suite& suite, const SuiteRunOptions& options, const Limits& limits)
      : suite_(suite), options_(options), limits_(limits), plans_(PlanPoints(suite)) {}

  Result<SuiteOutcome> Run() {
    if (plans_.empty())
      return BadInput("the suite has no points", suite_.path,
                      "give it clips, models and configurations that go together");
    FSC_RETURN_IF_ERROR(CheckAll());
    if (options_.check_only) return SuiteOutcome{};
    FSC_RETURN_IF_ERROR(MakeFolder(options_.folder + "/cache"));
    FSC_RETURN_IF_ERROR(MakeFolder(options_.folder + "/points"));
    FSC_RETURN_IF_ERROR(MakeKeys());
    FSC_RETURN_IF_ERROR(RunReferences());
    CollectWarnings();
    if (options_.judge_warnings) FSC_RETURN_IF_ERROR(options_.judge_warnings(warnings_));
    FSC_RETURN_IF_ERROR(RunPoints());
    SuiteOutcome outcome;
    outcome.reused = reused_;
    outcome.warnings = warnings_;
    std::vector<std::string> examples;
    for (size_t i = 0; i < plans_.size(); ++i) {
      outcome.points.push_back(Collect(i));
      if (!outcome.points.back().error.empty()) ++outcome.failed;
      if (is_example_[i]) examples.push_back(ExampleFile(i));
    }
    FSC_RETURN_IF_ERROR(WriteSuiteFiles(suite_, options_.folder, options_.command, outcome.points, notes_, examples));
    return outcome;
  }

 private:
  using Pair = std::pair<const SuiteClip*, const SuiteModel*>;

  // In a child: reading clips and labels may start threads in the libraries, which this process must not have.
  Status CheckAll() {
    std::vector<Pair> pairs;
    for (const PointPlan& plan : plans_) {
      if (std::find(pairs.begin(), pairs.end(), Pair{plan.clip, plan.model}) == pairs.end())
        pairs.push_back({plan.clip, plan.model});
    }
    Status outcome;
    Job check;
    check.name = "check";
    check.run = [&]() -> Status {
      for (const auto& [clip, model] : pairs) {
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

  Status MakeKeys() {
    FSC_ASSIGN_OR_RETURN(program_, ProgramKey());
    is_example_.assign(plans_.size(), false);
    for (const PointPlan& plan : plans_) {
      const Pair pair{plan.clip, plan.model};
      if (reference_keys_.count(pair) == 0) {
        FSC_ASSIGN_OR_RETURN(reference_keys_[pair], ReferenceKey(*plan.clip, plan.model, suite_.many_threads, limits_));
      }
      FSC_ASSIGN_OR_RETURN(const std::string key, PointKey(reference_keys_[pair], plan, suite_.many_threads));
      point_keys_.push_back(key);
    }
    for (size_t i = 0; i < plans_.size(); ++i) is_example_[i] = i == ExampleOf(i);
    for (size_t i = 0; i < plans_.size(); ++i) finished_.push_back(IsFinished(i));
    return {};
  }

  // The point that pictures of this point's clip and model are taken from: the middle QP of the anchor, or of the first
  // configuration.
  size_t ExampleOf(size_t point) const {
    std::vector<size_t> candidates;
    for (const bool anchor_only : {true, false}) {
      for (size_t i = 0; i < plans_.size(); ++i) {
        const PointPlan& p = plans_[i];
        if (p.clip != plans_[point].clip || p.model != plans_[point].model || p.config->kind != CoderKind::kStream)
          continue;
        if (anchor_only && p.config->name != suite_.anchor) continue;
        if (!candidates.empty() && p.config != plans_[candidates[0]].config) continue;
        candidates.push_back(i);
      }
      if (!candidates.empty()) break;
    }
    return candidates.empty() ? plans_.size() : candidates[candidates.size() / 2];
  }

  std::string ReferenceFolder(size_t i) const {
    return options_.folder + "/cache/" + reference_keys_.at({plans_[i].clip, plans_[i].model});
  }
  std::string PointFile(size_t i) const { return options_.folder + "/points/" + point_keys_[i] + ".json"; }
  std::string ExampleFile(size_t i) const { return options_.folder + "/points/" + point_keys_[i] + ".examples"; }
  // Measured before, by this build or with leave to take it from another.
  bool IsFinished(size_t i) const {
    std::error_code failure;
    if (!fs::exists(PointFile(i), failure)) return false;
    const bool needs_example = is_example_[i] && plans_[i].model != nullptr && !plans_[i].clip->tensors;
    if (needs_example && !fs::exists(ExampleFile(i), failure)) return false;
    const Result<EvalPoint> point = ReadPoint(i);
    return point.ok() && (point->program == program_ || options_.reuse.count(plans_[i].config->name) != 0);
  }

  Result<EvalPoint> ReadPoint(size_t i) const {
    std::ifstream file(PointFile(i));
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return PointFromJson(text, PointFile(i));
  }

  Status RunReferences() {
    std::vector<Job> jobs;
    std::set<Pair> wanted;
    for (size_t i = 0; i < plans_.size(); ++i) {
      const Pair pair{plans_[i].clip, plans_[i].model};
      if (finished_[i]) {
        ++reused_;
        continue;
      }
      ++total_;
      if (wanted.count(pair) != 0) continue;
      wanted.insert(pair);
      const std::string folder = ReferenceFolder(i);
      if (fs::exists(folder + "/meta.json")) continue;
      Job job;
      job.name = fmt::format("uncompressed run of {} on {}", plans_[i].ModelName(), plans_[i].clip->name);
      job.run = [this, pair, folder] {
        return MakeReference(*pair.first, pair.second, suite_.many_threads, folder, limits_);
      };
      job.done = [this, pair, name = job.name](const Status& status) {
        if (!status.ok()) reference_errors_[pair] = status.error().OneLine();
        Count(status, name);
      };
      jobs.push_back(std::move(job));
    }
    total_ += int(jobs.size());
    return RunJobs(jobs, options_.jobs);
  }

  // What each clip warns of, once for all networks that see it.
  void CollectWarnings() {
    for (const auto& [pair, key] : reference_keys_) {
      const auto info = ReadReferenceInfo(options_.folder + "/cache/" + key);
      if (!info.ok()) continue;  // the points say why
      for (const Warning& warning : info->warnings.list()) {
        const std::string note = warning.OneLine();
        if (std::find(notes_.begin(), notes_.end(), note) != notes_.end()) continue;
        notes_.push_back(note);
        warnings_.Add(warning);
      }
    }
  }

  Status RunPoints() {
    std::vector<Job> jobs;
    for (size_t i = 0; i < plans_.size(); ++i) {
      if (finished_[i]) continue;
      const auto broken = reference_errors_.find({plans_[i].clip, plans_[i].model});
      if (broken != reference_errors_.end()) {
        errors_[i] = "no uncompressed run: " + broken->second;
        Count(Internal(errors_[i]), NameOf(i));
        continue;
      }
      Job job;
      job.name = NameOf(i);
      job.run = [this, i]() -> Status {
        FSC_ASSIGN_OR_RETURN(EvalPoint point, RunPoint(plans_[i], ReferenceFolder(i), suite_.many_threads,
                                                       is_example_[i] ? ExampleFile(i) : "", limits_));
        point.program = program_;
        return WriteWholeFile(PointFile(i), PointToJson(point));
      };
      job.done = [this, i](const Status& status) {
        if (!status.ok()) errors_[i] = status.error().OneLine();
        Count(status, NameOf(i));
      };
      jobs.push_back(std::move(job));
    }
    return RunJobs(jobs, options_.jobs);
  }

  std::string NameOf(size_t i) const {
    const PointPlan& p = plans_[i];
    return fmt::format("{}, {}, {}{}", p.ModelName(), p.clip->name, p.config->name,
                       p.qp < 0 ? "" : fmt::format(", QP {}", p.qp));
  }

  void Count(const Status& status, const std::string& name) {
    ++done_;
    failed_ += !status.ok();
    if (options_.progress) options_.progress(done_, total_, failed_, name);
  }

  EvalPoint Collect(size_t i) const {
    EvalPoint failed = NamePoint(plans_[i]);
    const auto error = errors_.find(i);
    if (error != errors_.end()) {
      failed.error = error->second;
      return failed;
    }
    Result<EvalPoint> point = ReadPoint(i);
    if (!point.ok()) {
      failed.error = point.error().OneLine();
      return failed;
    }
    // Names may have changed since: the key is of what was measured.
    point->model = failed.model;
    point->clip = failed.clip;
    point->config = failed.config;
    return std::move(*point);
  }

  const Suite& suite_;
  const SuiteRunOptions& options_;
  const Limits& limits_;
  std::vector<PointPlan> plans_;
  std::map<Pair, std::string> reference_keys_;
  std::vector<std::string> point_keys_;
  std::vector<bool> is_example_;
  std::vector<bool> finished_;
  std::string program_;
  Warnings warnings_;
  std::vector<std::string> notes_;  // a line for each warning of each clip
  std::map<Pair, std::string> reference_errors_;
  std::map<size_t, std::string> errors_;
  int total_ = 0, done_ = 0, failed_ = 0, reused_ = 0;
};

}  // namespace

Result<SuiteOutcome> RunSuite(const Suite& suite, const SuiteRunOptions& options, const Limits& limits) {
  return SuiteRunner(suite, options, limits).Run();
}

}  // namespace fsc
