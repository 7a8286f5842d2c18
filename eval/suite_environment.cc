#include "eval/suite_environment.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

namespace fsc {

std::map<std::string, std::string> SuiteEnvironment(const Suite& suite) {
  std::vector<std::string> files = {suite.path};
  for (const SuiteModel& model : suite.models) files.push_back(model.path);
  std::set<std::string> names = {"FSC_DATA_DIR", "LD_LIBRARY_PATH"};
  for (const std::string& path : files) {
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    for (size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 1)) {
      const size_t end = text.find('}', at);
      if (end != std::string::npos) names.insert(text.substr(at + 2, end - at - 2));
    }
  }
  std::map<std::string, std::string> found;
  for (const std::string& name : names) {
    if (const char* const value = std::getenv(name.c_str())) found[name] = value;
  }
  return found;
}

}  // namespace fsc
