#include "eval/suite_plan.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "eval/point_run.h"
#include "eval/suite_keys.h"
#include "eval/whole_files.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;

constexpr char kReferencePrefix[] = "reference-";
constexpr char kPointPrefix[] = "point-";

}  // namespace

SuitePlan::SuitePlan(const Suite& suite, std::string folder, const Limits& limits)
    : suite_(suite),
      folder_(std::move(folder)),
      limits_(limits),
      points_(PlanPoints(suite)),
      point_keys_(points_.size()),
      is_example_(points_.size()) {
  for (size_t i = 0; i < points_.size(); ++i) is_example_[i] = ExampleOf(i) == i;
}

std::vector<SuitePlan::Pair> SuitePlan::Pairs() const {
  std::vector<Pair> pairs;
  for (size_t i = 0; i < size(); ++i) {
    if (std::find(pairs.begin(), pairs.end(), PairOf(i)) == pairs.end()) pairs.push_back(PairOf(i));
  }
  return pairs;
}

Status SuitePlan::MakeProgramKey() {
  FSC_ASSIGN_OR_RETURN(program_, ProgramKey());
  return {};
}

Status SuitePlan::MakeKeysOf(size_t i) {
  const Pair pair = PairOf(i);
  if (reference_keys_.count(pair) == 0) {
    FSC_ASSIGN_OR_RETURN(reference_keys_[pair], ReferenceKey(*pair.first, pair.second, suite_.many_threads, limits_));
  }
  FSC_ASSIGN_OR_RETURN(point_keys_[i], PointKey(reference_keys_[pair], points_[i], suite_.many_threads));
  return {};
}

Status SuitePlan::MakeKeys() {
  FSC_RETURN_IF_ERROR(MakeProgramKey());
  for (size_t i = 0; i < size(); ++i) FSC_RETURN_IF_ERROR(MakeKeysOf(i));
  return {};
}

// The point that pictures of this point's clip and model are taken from: the middle QP of the anchor, or of the first
// configuration.
size_t SuitePlan::ExampleOf(size_t point) const {
  std::vector<size_t> candidates;
  for (const bool anchor_only : {true, false}) {
    for (size_t i = 0; i < size(); ++i) {
      const PointPlan& p = points_[i];
      if (PairOf(i) != PairOf(point) || p.config->kind != CoderKind::kStream) continue;
      if (anchor_only && p.config->name != suite_.anchor) continue;
      if (!candidates.empty() && p.config != points_[candidates[0]].config) continue;
      candidates.push_back(i);
    }
    if (!candidates.empty()) break;
  }
  return candidates.empty() ? size() : candidates[candidates.size() / 2];
}

std::string SuitePlan::ReferenceFolder(const Pair& pair) const {
  return folder_ + "/cache/" + reference_keys_.at(pair);
}

std::string SuitePlan::PointFile(size_t i) const {
  return folder_ + "/points/" + point_keys_[i] + ".json";
}

std::string SuitePlan::ExampleFile(size_t i) const {
  return folder_ + "/points/" + point_keys_[i] + ".examples";
}

Result<EvalPoint> SuitePlan::ReadPoint(size_t i) const {
  std::ifstream file(PointFile(i));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  FSC_ASSIGN_OR_RETURN(EvalPoint point, PointFromJson(text, PointFile(i)));
  // Names may have changed since: the key is of what was measured.
  const PointPlan& plan = points_[i];
  point.model = plan.ModelName();
  point.clip = plan.clip->name;
  point.config = plan.config->name;
  return point;
}

bool SuitePlan::IsFinished(size_t i, const std::set<std::string>& reuse) const {
  std::error_code failure;
  if (!fs::exists(PointFile(i), failure)) return false;
  const bool needs_example = is_example_[i] && points_[i].model != nullptr && !points_[i].clip->tensors;
  if (needs_example && !fs::exists(ExampleFile(i), failure)) return false;
  const Result<EvalPoint> point = ReadPoint(i);
  return point.ok() && (point->program == program_ || reuse.count(points_[i].config->name) != 0);
}

Job SuitePlan::ReferenceJob(size_t i) const {
  const Pair pair = PairOf(i);
  Job job;
  job.name = fmt::format("uncompressed run of {} on {}", points_[i].ModelName(), points_[i].clip->name);
  job.id = fmt::format("{}{}-{}", kReferencePrefix, i, reference_keys_.at(pair));
  job.run = [this, pair] {
    return MakeReference(*pair.first, pair.second, suite_.many_threads, ReferenceFolder(pair), limits_);
  };
  return job;
}

Job SuitePlan::PointJob(size_t i) const {
  Job job;
  job.name = NamePoint(points_[i]).Title();
  job.id = fmt::format("{}{}-{}", kPointPrefix, i, point_keys_[i]);
  job.run = [this, i]() -> Status {
    FSC_ASSIGN_OR_RETURN(EvalPoint point, RunPoint(points_[i], ReferenceFolder(PairOf(i)), suite_.many_threads,
                                                   is_example_[i] ? ExampleFile(i) : "", limits_));
    point.program = program_;
    return WriteWholeFile(PointFile(i), PointToJson(point));
  };
  return job;
}

Result<Job> SuitePlan::FindJob(const std::string& id) {
  const Error changed = BadInput("the suite or a file of it has changed since the job was planned",
                                 suite_.path + ", " + id, "start the evaluation again");
  const bool is_reference = id.starts_with(kReferencePrefix);
  if (!is_reference && !id.starts_with(kPointPrefix)) return BadInput("no job of a suite", id);
  size_t i = 0;
  const char* const digits = id.data() + id.find('-') + 1;
  if (std::from_chars(digits, id.data() + id.size(), i).ec != std::errc() || i >= size()) return changed;
  FSC_RETURN_IF_ERROR(MakeKeysOf(i));
  Job job = is_reference ? ReferenceJob(i) : PointJob(i);
  if (job.id != id) return changed;
  return job;
}

}  // namespace fsc
