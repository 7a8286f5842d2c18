#include "core/address.h"

#include <cctype>

namespace fsc {

std::string SchemeOf(std::string_view name) {
  const size_t end = name.find("://");
  if (end == std::string_view::npos || end == 0) return {};
  std::string scheme;
  for (const char c : name.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool fits = std::isalpha(byte) != 0 || (!scheme.empty() && std::isdigit(byte) != 0) ||
                      (!scheme.empty() && (c == '+' || c == '-' || c == '.'));
    if (!fits) return {};
    scheme += char(std::tolower(byte));
  }
  return scheme;
}

Error NoSuchFile(const std::string& what, const std::string& name) {
  if (name == "-") return Usage(what + ": standard input is not read here", name, "give the name of a file");
  if (SchemeOf(name).empty()) return IoError(what + ": No such file or directory", name, "check the path");
  return Usage(what + ": this is an address, and only videos are read from one", name, "save it to a file first");
}

}  // namespace fsc
