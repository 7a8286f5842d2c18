// vtm_options.h: the syntax of VTM's command lines and configuration files.
//
//   -name value, --Name=value, --Name value    the last one given counts, wherever it stands
//   -c FILE                                    a configuration file, read where it stands on the line
//   Name : value  # comment                    a line of such a file
#ifndef FSC_TOOLS_VTM_VTM_OPTIONS_H_
#define FSC_TOOLS_VTM_VTM_OPTIONS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fsc/status.h"

namespace fsc::tools {

// An option that is known. `name` is also its key in configuration files.
struct VtmOption {
  std::string_view name;   // "SourceWidth"
  std::string_view alias;  // "wdt"; empty = none
  std::string_view help;
};
inline constexpr std::string_view kConfigFile = "ConfigFile";

class VtmOptions {
 public:
  // `known` must outlive the result. kUsage for an option of the command line that is not known, one without a value,
  // and for a line of a file that is no setting; kBadInput for a file that is no text; kIo for one that cannot be read.
  static Result<VtmOptions> Read(std::span<const std::string> arguments, std::span<const VtmOption> known);

  // As it was given; nullopt where it was not.
  std::optional<std::string> Text(std::string_view name) const;
  std::string TextOr(std::string_view name, const std::string& otherwise) const;
  // kUsage for what is no whole number from `least` to `most`.
  Result<int64_t> NumberOr(std::string_view name, int64_t otherwise, int64_t least, int64_t most) const;

  // The configuration files that were read.
  const std::vector<std::string>& files() const { return files_; }
  // The lines Frame1, Frame2, ... of configuration files: the structure of a group of pictures.
  const std::map<int, std::string>& frames() const { return frames_; }
  // The keys of configuration files that are not known, in their order.
  const std::vector<std::string>& foreign_keys() const { return foreign_keys_; }

 private:
  const VtmOption* Find(std::string_view name) const;
  Status ReadFile(const std::string& path);
  Status ReadLine(std::string_view line, const std::string& where);

  std::span<const VtmOption> known_;
  std::map<std::string, std::string, std::less<>> values_;
  std::map<int, std::string> frames_;
  std::vector<std::string> foreign_keys_;
  std::set<std::string> foreign_names_;  // the same, to look up
  std::vector<std::string> files_;
};

// The options as --help shows them, a line each.
std::string HelpOf(std::span<const VtmOption> known);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VTM_VTM_OPTIONS_H_
