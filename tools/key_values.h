// key_values.h: an option that holds settings of its own: "k=v:k=v".
#ifndef FSC_TOOLS_KEY_VALUES_H_
#define FSC_TOOLS_KEY_VALUES_H_

#include <map>
#include <string>

#include "fsc/status.h"

namespace fsc::tools {

// A colon inside a value is written "\:"; a key without a value gets "1". kUsage with `option` as the place for an item
// without a key.
Result<std::map<std::string, std::string>> ParseKeyValues(const std::string& option, const std::string& text);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_KEY_VALUES_H_
