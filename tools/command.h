// command.h: how a command of the fsc tool plugs into main.cc. One file per command, thin over the library.
#ifndef FSC_TOOLS_COMMAND_H_
#define FSC_TOOLS_COMMAND_H_

#include <functional>

#include "fsc/status.h"

namespace CLI {
class App;
}

namespace fsc::tools {

using Run = std::function<Status()>;

// Adds the command's subcommand and options to `app` and returns what runs it. The options live inside the returned
// function.
struct Command {
  CLI::App* app = nullptr;  // the subcommand; owned by the parent app
  Run run;
};

Command AddEncode(CLI::App& app);
Command AddCalibrate(CLI::App& app);
Command AddCat(CLI::App& app);
Command AddDecode(CLI::App& app);
Command AddInfer(CLI::App& app);
Command AddExtract(CLI::App& app);
Command AddInfo(CLI::App& app);
Command AddExport(CLI::App& app);
Command AddView(CLI::App& app);
Command AddEval(CLI::App& app);
Command AddBdRate(CLI::App& app);
Command AddBench(CLI::App& app);
Command AddImpair(CLI::App& app);
Command AddPack(CLI::App& app);
Command AddUnpack(CLI::App& app);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_COMMAND_H_
