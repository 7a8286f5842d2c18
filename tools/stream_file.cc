#include "tools/stream_file.h"

#include <CLI/CLI.hpp>

namespace fsc::tools {

void AddProfileOption(CLI::App& command, std::string* path) {
  command.add_option("--profile", *path, "the profile (.fscp) of a stream that names it by hash");
}

Result<StreamFile> OpenStreamFile(const std::string& path, const std::string& profile_path, int threads) {
  std::shared_ptr<const Profile> profile;
  if (!profile_path.empty()) {
    FSC_ASSIGN_OR_RETURN(profile, LoadProfile(profile_path));
  }
  StreamFile file;
  FSC_ASSIGN_OR_RETURN(file.bytes, OpenSource(path));
  FSC_ASSIGN_OR_RETURN(file.decoder,
                       FeatureDecoder::Open(file.bytes.get(), {.threads = threads, .profile = profile.get()}));
  return file;
}

}  // namespace fsc::tools
