// profile_info.h: what `fsc info` says of a profile: of a .fscp file, and of how well a stream's profile fitted.
#ifndef FSC_TOOLS_PROFILE_INFO_H_
#define FSC_TOOLS_PROFILE_INFO_H_

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "codec/profile/profile.h"

namespace fsc::tools {

// By its first bytes; false for standard input and what cannot be read.
bool IsProfileFile(const std::string& path);

// Prints the profile as JSON, or as text unless `quiet`.
Status ProfileInfo(const std::string& path, bool json, bool quiet);

// [{"lost_share", "worst_lost_share"}, ..], one a part; null where it is unknown.
nlohmann::ordered_json FitJson(std::span<const PartFit> fit);
// The same as lines of text.
void PrintFit(const nlohmann::ordered_json& fit);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_PROFILE_INFO_H_
