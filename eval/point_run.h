// point_run.h: measures one point of a suite, or makes the uncompressed run that its points compare with.
#ifndef FSC_EVAL_POINT_RUN_H_
#define FSC_EVAL_POINT_RUN_H_

#include <string>

#include "eval/eval_point.h"
#include "eval/suite.h"
#include "fsc/limits.h"

namespace fsc {

// The point's names, its settings and the command that makes its bytes, without anything measured.
EvalPoint NamePoint(const PointPlan& plan);

// Encodes and decodes on one thread, compares features, runs the back where there is one. Single-threaded and free of
// global state but LibTorch's, so that equal points give equal numbers in any process. `example_file`: captions of
// example pictures, which lie beside it as EXAMPLE_FILE.0.png and so on; empty = none.
Result<EvalPoint> RunPoint(const PointPlan& plan, const std::string& reference_folder, int many_threads,
                           const std::string& example_file, const Limits& limits);

// The cache folder that RunPoint compares with.
Status MakeReference(const SuiteClip& clip, const SuiteModel* model, int many_threads, const std::string& folder,
                     const Limits& limits);

// Everything about clip, labels and model that can be known without running anything. Errors name the entry.
Status CheckClip(const SuiteClip& clip, const SuiteModel* model, const Limits& limits);

}  // namespace fsc

#endif  // FSC_EVAL_POINT_RUN_H_
