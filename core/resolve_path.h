// resolve_path.h: paths in a file that people write, relative to that file and with environment variables in them.
#ifndef FSC_CORE_RESOLVE_PATH_H_
#define FSC_CORE_RESOLVE_PATH_H_

#include <string>

#include "fsc/status.h"

namespace fsc {

// `text` with each ${NAME} replaced by the environment's value, and, where it is not absolute then, below the folder of
// `file`. A $ without a brace stays. kBadInput, at `where`, for an empty text, a brace that is not closed or holds
// nothing, and a variable that is not set or empty.
Result<std::string> ResolvePath(const std::string& text, const std::string& file, const std::string& where);

}  // namespace fsc

#endif  // FSC_CORE_RESOLVE_PATH_H_
