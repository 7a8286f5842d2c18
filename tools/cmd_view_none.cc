// cmd_view_none.cc: stands in for cmd_view.cc and cmd_export.cc in builds without FFmpeg.
#include <CLI/CLI.hpp>

#include "tools/command.h"

namespace fsc::tools {
namespace {

Command Absent(CLI::App& app, const char* name) {
  CLI::App* command = app.add_subcommand(name, "(not in this build)");
  command->allow_extras();
  return {
      command, [name] {
        return Status(Usage("this build of fsc has no pictures or video", name, "use a build with FSC_WITH_FFMPEG=ON"));
      }};
}

}  // namespace

Command AddExport(CLI::App& app) {
  return Absent(app, "export");
}
Command AddView(CLI::App& app) {
  return Absent(app, "view");
}

}  // namespace fsc::tools
