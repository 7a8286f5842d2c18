#include "codec/c_api/calls.h"

#include <algorithm>

#include "fsc/version.h"

namespace fsc::c_api {
namespace {

template <size_t size>
void Copy(const std::string& text, char (&field)[size]) {
  const size_t count = std::min(text.size(), size - 1);
  std::memcpy(field, text.data(), count);
  field[count] = 0;
}

}  // namespace

fsc_code Tell(const Status& status, fsc_error* error) {
  const fsc_code code = status.ok() ? FSC_OK : fsc_code(int(status.error().kind));
  if (error == nullptr) return code;
  *error = {};
  error->code = code;
  if (status.ok()) return code;
  Copy(status.error().what, error->what);
  Copy(status.error().where, error->where);
  Copy(status.error().advice, error->advice);
  return code;
}

Status CheckSized(const void* given, const char* name) {
  constexpr size_t kMost = 65536;  // bytes, of a struct of any version
  if (given == nullptr) return Usage(std::string(name) + " is null", "C interface");
  size_t size = 0;
  std::memcpy(&size, given, sizeof(size));
  if (size >= sizeof(size) && size <= kMost) return {};
  return Usage(std::string(name) + " is not initialised", "C interface", std::string("call ") + name + "_init first");
}

fsc_code TellPlainly(const char* what, fsc_error* error) noexcept {
  if (error == nullptr) return FSC_INTERNAL;
  *error = {};
  error->code = FSC_INTERNAL;
  std::strncpy(error->what, what, sizeof(error->what) - 1);
  return FSC_INTERNAL;
}

}  // namespace fsc::c_api

const char* fsc_version(void) {
  return fsc::kVersion;
}
