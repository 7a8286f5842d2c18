#include "tools/stream_file.h"

#include <CLI/CLI.hpp>
#include <optional>

#include "codec/profile/profile.h"

namespace fsc::tools {

void AddProfileOption(CLI::App& command, std::string* path) {
  command.add_option("--profile", *path, "the profile (.fscp) of a stream that names it by hash");
}

Result<StreamFile> OpenStreamFile(const std::string& path, const std::string& profile_path, int threads) {
  std::optional<Profile> profile;
  if (!profile_path.empty()) {
    FSC_ASSIGN_OR_RETURN(profile, ReadProfileFile(profile_path, Limits{}));
  }
  StreamFile file;
  FSC_ASSIGN_OR_RETURN(file.bytes, OpenSource(path));
  FSC_ASSIGN_OR_RETURN(file.decoder,
                       FeatureDecoder::Open(file.bytes.get(), Limits{}, threads, profile ? &*profile : nullptr));
  return file;
}

}  // namespace fsc::tools
