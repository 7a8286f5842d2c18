// suite_plan.h: what a suite asks to be done: its points, and the uncompressed runs that they compare with. Each has a
// key, which is a digest of all that its result depends on, and a place in the output folder:
//
//   DIR/cache/KEY/         the uncompressed run of a clip through a network (reference_cache.h); may go later
//   DIR/points/KEY.json    a finished point
#ifndef FSC_EVAL_SUITE_PLAN_H_
#define FSC_EVAL_SUITE_PLAN_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eval/eval_point.h"
#include "eval/job_pool.h"
#include "eval/suite.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

class SuitePlan {
 public:
  // A clip and the network that sees it; null for tensors without one.
  using Pair = std::pair<const SuiteClip*, const SuiteModel*>;

  // Borrows `suite` and `limits`. `folder` need not be there.
  SuitePlan(const Suite& suite, std::string folder, const Limits& limits);

  size_t size() const { return points_.size(); }
  const PointPlan& point(size_t i) const { return points_[i]; }
  Pair PairOf(size_t i) const { return {points_[i].clip, points_[i].model}; }
  std::vector<Pair> Pairs() const;  // each once, in the order of the points

  // Digests of this program and of every point. What is below needs them.
  Status MakeKeys();
  const std::string& program() const { return program_; }
  std::string ReferenceFolder(const Pair& pair) const;
  std::string ExampleFile(size_t i) const;
  bool is_example(size_t i) const { return is_example_[i]; }  // pictures are taken from this point
  Result<EvalPoint> ReadPoint(size_t i) const;                // that was finished, under the names that it has now
  // Measured before, by this build or, for configurations in `reuse`, by any.
  bool IsFinished(size_t i, const std::set<std::string>& reuse) const;

  // What makes the uncompressed run of point i, and the point: without a `done`.
  Job ReferenceJob(size_t i) const;
  Job PointJob(size_t i) const;

  // For another process that plans the same suite: the digest of this program, and the job of an `id`, for which no
  // other key is made. kBadInput where the suite or one of its files is not what the id was made of.
  Status MakeProgramKey();
  Result<Job> FindJob(const std::string& id);

 private:
  Status MakeKeysOf(size_t i);
  size_t ExampleOf(size_t i) const;
  std::string PointFile(size_t i) const;

  const Suite& suite_;
  std::string folder_;
  const Limits& limits_;
  std::vector<PointPlan> points_;
  std::string program_;
  std::map<Pair, std::string> reference_keys_;
  std::vector<std::string> point_keys_;
  std::vector<bool> is_example_;
};

}  // namespace fsc

#endif  // FSC_EVAL_SUITE_PLAN_H_
