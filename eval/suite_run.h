// suite_run.h: runs a suite: checks, uncompressed runs, points, files. Resumable: finished work is kept in the output
// folder by key (suite_plan.h).
//
//   DIR/results.csv, results.md, report.html
//   DIR/runs/MODEL/CONFIGURATION/{CLIP.json, summary.csv}
#ifndef FSC_EVAL_SUITE_RUN_H_
#define FSC_EVAL_SUITE_RUN_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "eval/engine.h"
#include "eval/eval_point.h"
#include "eval/suite.h"
#include "fsc/warning.h"

namespace fsc {

struct SuiteRunOptions {
  std::string folder;
  Engine* engine = nullptr;  // not owned; needed unless nothing is measured
  // Configurations whose finished points are taken even if another build measured them: anchors while the codec
  // changes.
  std::set<std::string> reuse;
  bool check_only = false;  // checks, then stops without points
  std::string command;      // for the report
  // When it is there, nothing is run or written: it is told the jobs that would run, uncompressed runs first.
  std::function<Status(const std::vector<Job>& references, const std::vector<Job>& points)> show_jobs;
  // When all uncompressed runs are there, with what the clips warn of: an error ends the evaluation before a point is
  // measured.
  std::function<Status(const Warnings&)> judge_warnings;
  // After every job: how many are done, of how many, how many failed, and what the last one was.
  std::function<void(int done, int total, int failed, const std::string& name)> progress;
};

struct SuiteOutcome {
  std::vector<EvalPoint> points;  // in the suite's order; failed ones have an error
  int failed = 0;
  int reused = 0;     // points that were finished before
  Warnings warnings;  // of the clips
};

// The process must have no other threads. An error means that nothing was measured (a check failed, or the folder
// cannot be written) or that the engine gave up; failed points are in the outcome.
Result<SuiteOutcome> RunSuite(const Suite& suite, const SuiteRunOptions& options, const Limits& limits);

}  // namespace fsc

#endif  // FSC_EVAL_SUITE_RUN_H_
