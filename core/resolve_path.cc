#include "core/resolve_path.h"

#include <cstdlib>
#include <filesystem>

namespace fsc {

Result<std::string> ResolvePath(const std::string& text, const std::string& file, const std::string& where) {
  if (text.empty()) return BadInput("empty path", where);
  std::string expanded;
  for (size_t i = 0; i < text.size();) {
    if (text.compare(i, 2, "${") != 0) {
      expanded += text[i++];
      continue;
    }
    const size_t end = text.find('}', i);
    if (end == std::string::npos || end == i + 2) return BadInput("malformed ${NAME} in a path", where);
    const std::string name = text.substr(i + 2, end - i - 2);
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') {
      return BadInput("environment variable " + name + " is not set", where,
                      "set it to what stands for it in the path \"" + text + "\"");
    }
    expanded += value;
    i = end + 1;
  }
  const std::filesystem::path path(expanded);
  if (path.is_absolute()) return expanded;
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

}  // namespace fsc
