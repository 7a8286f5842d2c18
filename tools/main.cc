// main.cc: the fsc tool: one binary, one subcommand per task, one line per error.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <vector>

#include "core/version.h"
#include "tools/command.h"
#include "tools/interrupt.h"

namespace fsc::tools {
namespace {

int Fail(const Error& error) {
  std::fprintf(stderr, "fsc: %s\n", error.OneLine().c_str());
  return int(error.kind);
}

int Main(int argc, char** argv) {
  InstallSignalHandlers();

  CLI::App app{"fsc, the feature-stream codec: compresses the tensors between the two halves of a split network"};
  app.name("fsc");
  app.set_version_flag("--version", std::string("fsc ") + kVersion);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 fine, 1 internal error, 2 usage, 3 damaged or unsupported input, 4 input/output.\n"
      "'fsc COMMAND --help' explains a command.");

  std::vector<Command> commands;
  for (const auto add : {AddEncode, AddDecode, AddInfer, AddExtract, AddInfo, AddExport, AddView, AddCat, AddEval,
                         AddBdRate, AddCalibrate}) {
    commands.push_back(add(app));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? "fsc" : "fsc " + chosen.front()->get_name();
    return Fail(Usage(error.what(), {}, "see '" + name + " --help'"));
  }
  for (Command& command : commands) {
    if (!command.app->parsed()) continue;
    Status status = command.run();
    return status.ok() ? 0 : Fail(status.error());
  }
  return Fail(Internal("no command ran"));
}

}  // namespace
}  // namespace fsc::tools

int main(int argc, char** argv) {
  try {
    return fsc::tools::Main(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "fsc: out of memory: : use fewer threads or smaller tensors\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fsc: internal error: %s: this is a bug in fsc: please report it\n", error.what());
  }
  return 1;
}
