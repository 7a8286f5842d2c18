// setting_names.h: from the library's names to the tool's. The library names a setting as its configuration structure
// does, "latent.bitrate_kbps"; who uses the tool knows it as "--bitrate".
#ifndef FSC_TOOLS_SETTING_NAMES_H_
#define FSC_TOOLS_SETTING_NAMES_H_

#include "fsc/status.h"
#include "fsc/warning.h"

namespace fsc::tools {

// The same with option names in `where` and `advice`. Errors of other kinds than kUsage are about files and stay.
Error WithOptionNames(Error error);
Warning WithOptionNames(Warning warning);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_SETTING_NAMES_H_
