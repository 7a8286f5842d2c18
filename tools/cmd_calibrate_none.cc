// cmd_calibrate_none.cc: stands in for cmd_calibrate.cc in builds without LibTorch or FFmpeg.
#include <CLI/CLI.hpp>

#include "tools/command.h"

namespace fsc::tools {

Command AddCalibrate(CLI::App& app) {
  CLI::App* command = app.add_subcommand("calibrate", "Learn what a back network needs (not in this build)");
  command->allow_extras();
  return {command, [] {
            return Status(Usage("this build of fsc runs no networks", "calibrate",
                                "use a build with FSC_WITH_FFMPEG=ON and FSC_WITH_TORCH=ON"));
          }};
}

}  // namespace fsc::tools
