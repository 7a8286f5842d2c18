#include "codec/c_api/profile.h"

#include "codec/c_api/calls.h"

namespace {

using fsc::Result;
using fsc::Status;
using fsc::Usage;

Status Make(Result<std::shared_ptr<const fsc::Profile>> loaded, fsc_profile** profile) {
  if (!loaded.ok()) return loaded.TakeStatus();
  std::string kind = fsc::Describe(**loaded).kind;
  *profile = new fsc_profile{std::move(*loaded), std::move(kind)};
  return {};
}

}  // namespace

fsc_code fsc_profile_load_file(const char* path, fsc_profile** profile, fsc_error* error) {
  return fsc::c_api::Call(error, [&]() -> Status {
    if (path == nullptr || profile == nullptr) return Usage("an argument is null", "fsc_profile_load_file");
    *profile = nullptr;
    return Make(fsc::LoadProfile(std::string(path)), profile);
  });
}

fsc_code fsc_profile_load(const uint8_t* data, size_t size, fsc_profile** profile, fsc_error* error) {
  return fsc::c_api::Call(error, [&]() -> Status {
    if (data == nullptr || profile == nullptr) return Usage("an argument is null", "fsc_profile_load");
    *profile = nullptr;
    return Make(fsc::LoadProfile(std::span(data, size), "profile"), profile);
  });
}

const char* fsc_profile_kind(const fsc_profile* profile) {
  return profile != nullptr ? profile->kind.c_str() : nullptr;
}

void fsc_profile_free(fsc_profile* profile) {
  delete profile;
}
