#include "tools/warning_report.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/setting_names.h"

namespace fsc::tools {

void AddQuietOption(CLI::App& command, bool* quiet) {
  command.add_flag("--quiet", *quiet, "print no summary and no progress");
}

void AddWarningOptions(CLI::App& command, WarningOptions* options) {
  if (command.get_option_no_throw("--quiet") == nullptr) {
    command.add_flag("--quiet", options->quiet, "print no warnings, no summary and no progress");
  }
  command.add_flag("--strict", options->strict, "a warning is an error: nothing is written");
}

Status ReportWarnings(const Warnings& warnings, const WarningOptions& options) {
  if (warnings.empty()) return {};
  const auto& list = warnings.list();
  if (options.strict) {
    const Warning first = WithOptionNames(list[0]);
    return BadInput(first.what, first.where, first.advice);
  }
  if (options.quiet) return {};
  for (const Warning& warning : list) {
    std::fprintf(stderr, "fsc: warning: %s\n", WithOptionNames(warning).OneLine().c_str());
  }
  return {};
}

nlohmann::ordered_json WarningsJson(const Warnings& warnings) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Warning& said : warnings.list()) {
    const Warning warning = WithOptionNames(said);
    list.push_back({{"kind", warning.kind},
                    {"what", warning.what},
                    {"where", warning.where},
                    {"advice", warning.advice},
                    {"count", warning.count}});
  }
  return list;
}

}  // namespace fsc::tools
