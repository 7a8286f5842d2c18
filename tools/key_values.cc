#include "tools/key_values.h"

#include <vector>

namespace fsc::tools {

Result<std::map<std::string, std::string>> ParseKeyValues(const std::string& option, const std::string& text) {
  std::map<std::string, std::string> values;
  if (text.empty()) return values;
  std::vector<std::string> items(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ':') {
      items.back() += text[++i];
    } else if (text[i] == ':') {
      items.emplace_back();
    } else {
      items.back() += text[i];
    }
  }
  for (const std::string& item : items) {
    const size_t equals = item.find('=');
    if (equals == 0 || item.empty()) return Usage("not a setting: '" + item + "'", option, "give key=value:key=value");
    values[item.substr(0, equals)] = equals == std::string::npos ? "1" : item.substr(equals + 1);
  }
  return values;
}

}  // namespace fsc::tools
