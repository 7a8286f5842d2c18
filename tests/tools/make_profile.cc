// make_profile linear|reduced|fused|fitted OUT.fscp [CHANNELS]: a profile for the command-line tests
// (tests/support/profile_fixture.h); channels of all but fused, 8 unless given. `fitted` is `reduced` that says it lost
// 1 % at calibration, 2 % in the worst frame.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/profile_fixture.h"

namespace {

fsc::Profile Named(const std::string& name, int channels) {
  if (name == "fused") return fsc::FusedProfile();
  return fsc::LinearProfile(channels, name == "linear" ? channels : 3, 16);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  fsc::Profile profile = Named(argv[1], argc == 4 ? std::atoi(argv[3]) : 8);
  profile.model_id.clear();
  profile.model_sha256 = {};
  if (std::string(argv[1]) == "fitted") profile.fit = {{0.01f, 0.02f}};
  profile.drop_curve = {{"latent", "", 20, 0.5}, {"latent", "", 40, 2.5}};
  const auto bytes = fsc::WriteProfile(profile);
  if (!bytes.ok()) {
    std::fprintf(stderr, "%s\n", bytes.error().OneLine().c_str());
    return 1;
  }
  std::ofstream out(argv[2], std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes->data()), std::streamsize(bytes->size()));
  return out.good() ? 0 : 1;
}
