// warning_report.h: what a command does with warnings: a line each on standard error, a list in --json, silence with
// --quiet, an error with --strict.
#ifndef FSC_TOOLS_WARNING_REPORT_H_
#define FSC_TOOLS_WARNING_REPORT_H_

#include <nlohmann/json_fwd.hpp>

#include "fsc/warning.h"

namespace CLI {
class App;
}

namespace fsc::tools {

struct WarningOptions {
  bool quiet = false;   // print neither warnings nor the summary
  bool strict = false;  // a warning is an error
};

// --quiet of a command that warns of nothing.
void AddQuietOption(CLI::App& command, bool* quiet);

// --quiet and --strict. `command` may have a --quiet of its own already: then `options->quiet` is not touched.
void AddWarningOptions(CLI::App& command, WarningOptions* options);

// Prints what there is, "fsc: warning: ..." a line; kBadInput of the first one where they are errors. To be called
// before the output is committed.
Status ReportWarnings(const Warnings& warnings, const WarningOptions& options);

// [{"kind", "what", "where", "advice", "count"}, ..]
nlohmann::ordered_json WarningsJson(const Warnings& warnings);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_WARNING_REPORT_H_
