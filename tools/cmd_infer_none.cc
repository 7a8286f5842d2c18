// cmd_infer_none.cc: stands in for cmd_infer.cc in builds without LibTorch or FFmpeg.
#include <CLI/CLI.hpp>

#include "tools/command.h"

namespace fsc::tools {

Command AddInfer(CLI::App& app) {
  CLI::App* command = app.add_subcommand("infer", "Run a network's back (not in this build)");
  command->allow_extras();
  return {command, [] {
            return Status(Usage("this build of fsc runs no networks", "infer",
                                "use a build with FSC_WITH_FFMPEG=ON and FSC_WITH_TORCH=ON"));
          }};
}

}  // namespace fsc::tools
