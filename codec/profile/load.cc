// load.cc: profiles as fsc/profile.h shows them.
#include <utility>

#include "codec/profile/profile.h"
#include "fsc/profile.h"

namespace fsc {
namespace {

Result<std::shared_ptr<const Profile>> Shared(Result<Profile> profile) {
  if (!profile.ok()) return profile.TakeStatus();
  return std::shared_ptr<const Profile>(std::make_shared<Profile>(std::move(*profile)));
}

}  // namespace

Result<std::shared_ptr<const Profile>> LoadProfile(std::span<const uint8_t> bytes, const std::string& where,
                                                   const Limits& limits) {
  return Shared(ReadProfile(bytes, limits, where));
}

Result<std::shared_ptr<const Profile>> LoadProfile(const std::string& path, const Limits& limits) {
  return Shared(ReadProfileFile(path, limits));
}

ProfileInfo Describe(const Profile& profile) {
  ProfileInfo info;
  info.kind = profile.kind;
  info.model_id = profile.model_id;
  info.model_sha256 = profile.model_sha256;
  info.layers = profile.layers;
  info.decoder_sha256 = profile.decoder_sha256;
  for (const ReducedPart& part : profile.parts) info.planes += part.reducer.outputs();
  return info;
}

}  // namespace fsc
