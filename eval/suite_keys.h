// suite_keys.h: names for finished work: a digest of everything that a result depends on. What has the same key need
// not be done again.
#ifndef FSC_EVAL_SUITE_KEYS_H_
#define FSC_EVAL_SUITE_KEYS_H_

#include <string>

#include "eval/suite.h"

namespace fsc {

// 24 hexadecimal digits. Of the clip, its labels and the network: settings, and path, size and time of every file.
Result<std::string> ReferenceKey(const SuiteClip& clip, const SuiteModel* model, int many_threads,
                                 const Limits& limits);
// Of the reference, the configuration, its profile's file and the QP.
Result<std::string> PointKey(const std::string& reference_key, const PointPlan& plan, int many_threads);

// Of the program itself: version, size and time of this executable and of libfsc. A codec that was built anew is
// measured anew.
Result<std::string> ProgramKey();

}  // namespace fsc

#endif  // FSC_EVAL_SUITE_KEYS_H_
