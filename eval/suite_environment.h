// suite_environment.h: what of the environment another process needs to see the same suite.
#ifndef FSC_EVAL_SUITE_ENVIRONMENT_H_
#define FSC_EVAL_SUITE_ENVIRONMENT_H_

#include <map>
#include <string>

#include "eval/suite.h"

namespace fsc {

// The variables that are set of FSC_DATA_DIR, LD_LIBRARY_PATH and each ${NAME} in the suite and in its models.
std::map<std::string, std::string> SuiteEnvironment(const Suite& suite);

}  // namespace fsc

#endif  // FSC_EVAL_SUITE_ENVIRONMENT_H_
