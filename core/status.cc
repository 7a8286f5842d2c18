#include "fsc/status.h"

namespace fsc {
namespace {

Error Make(ErrorKind kind, std::string what, std::string where, std::string advice) {
  return Error{kind, std::move(what), std::move(where), std::move(advice)};
}

}  // namespace

std::string Error::OneLine() const {
  std::string line = what;
  for (const std::string* part : {&where, &advice}) {
    if (!part->empty()) line += ": " + *part;
  }
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

Error Internal(std::string what, std::string where, std::string advice) {
  return Make(ErrorKind::kInternal, std::move(what), std::move(where), std::move(advice));
}
Error Usage(std::string what, std::string where, std::string advice) {
  return Make(ErrorKind::kUsage, std::move(what), std::move(where), std::move(advice));
}
Error BadInput(std::string what, std::string where, std::string advice) {
  return Make(ErrorKind::kBadInput, std::move(what), std::move(where), std::move(advice));
}
Error IoError(std::string what, std::string where, std::string advice) {
  return Make(ErrorKind::kIo, std::move(what), std::move(where), std::move(advice));
}

}  // namespace fsc
