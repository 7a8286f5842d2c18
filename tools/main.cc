// main.cc: the fsc tool: one binary, one subcommand per task, one line per error.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.h"
#include "fsc/version.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/setting_names.h"

namespace fsc::tools {
namespace {

int Fail(const Error& error) {
  std::fprintf(stderr, "fsc: %s\n", WithOptionNames(error).OneLine().c_str());
  return int(error.kind);
}

// "file:///home/a%20b.mp4", as file managers and browsers give names, becomes the path.
std::string LocalPath(const std::string& argument) {
  if (SchemeOf(argument) != "file") return argument;
  std::string rest = argument.substr(std::string_view("file://").size());
  if (rest.starts_with("localhost/")) rest.erase(0, rest.find('/'));
  std::string path;
  for (size_t i = 0; i < rest.size(); ++i) {
    int code = 0;
    const char* const digits = rest.data() + i + 1;
    if (rest[i] == '%' && i + 2 < rest.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      path += char(code);
      i += 2;
    } else {
      path += rest[i];
    }
  }
  return path;
}

int Main(int argc, char** argv) {
  InstallSignalHandlers();
  std::vector<std::string> arguments;  // last first, as CLI11 takes them
  for (int i = argc - 1; i > 0; --i) arguments.push_back(LocalPath(argv[i]));

  CLI::App app{"fsc, the feature-stream codec: compresses the tensors between the two halves of a split network"};
  app.name("fsc");
  app.set_version_flag("--version", std::string("fsc ") + kVersion);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 fine, 1 internal error, 2 usage, 3 damaged or unsupported input, 4 input/output.\n"
      "'fsc COMMAND --help' explains a command.");

  std::vector<Command> commands;
  for (const auto add : {AddEncode, AddDecode, AddInfer, AddExtract, AddPack, AddUnpack, AddInfo, AddExport, AddView,
                         AddCat, AddImpair, AddEval, AddBdRate, AddBench, AddCalibrate}) {
    commands.push_back(add(app));
  }
  try {
    app.parse(arguments);
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
