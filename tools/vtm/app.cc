#include "tools/vtm/app.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <string_view>
#include <vector>

#include "fsc/version.h"
#include "tools/interrupt.h"

namespace fsc::tools {
namespace {

// What the library and the other tool call their settings, and what they are called here.
struct Name {
  std::string_view setting;
  std::string_view option;
};
constexpr Name kNames[] = {
    {"qp", "--QP"},
    {"mode", "--FscMode"},
    {"preset", "--FscPreset"},
    {"picture", "--SourceWidth, --SourceHeight"},
    {"--tiles", "--FscTiles"},
    {"--tensors", "--FscTensors"},
    {"--tiles, --tensors", "--FscTiles, --FscTensors"},
};

int Fail(const App& app, Error error) {
  const Name* const name = std::ranges::find(kNames, error.where, &Name::setting);
  if (error.kind == ErrorKind::kUsage && name != std::end(kNames)) error.where = name->option;
  std::fprintf(stderr, "%s: %s\n", app.name.c_str(), error.OneLine().c_str());
  return int(error.kind);
}

int Run(const App& app, std::span<const std::string> arguments) {
  const auto given = [&](std::string_view name) { return std::ranges::find(arguments, name) != arguments.end(); };
  if (given("--help") || given("-h")) {
    std::printf("%s, with the codec of fsc %s\n\n%s", app.name.c_str(), kVersion, app.help.c_str());
    std::printf("\nExit codes: 0 fine, 1 internal error, 2 usage, 3 damaged or unsupported input, 4 input/output.\n");
    return 0;
  }
  if (given("--version")) {
    std::printf("%s %s\n", app.name.c_str(), kVersion);
    return 0;
  }
  const Status status = app.run(arguments);
  return status.ok() ? 0 : Fail(app, status.error());
}

}  // namespace

int RunApp(const App& app, int argc, char** argv) {
  InstallSignalHandlers();
  try {
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    return Run(app, arguments);
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: out of memory: : use fewer threads or smaller pictures\n", app.name.c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: internal error: %s: this is a bug in fsc: please report it\n", app.name.c_str(),
                 error.what());
  }
  return int(ErrorKind::kInternal);
}

std::FILE* Console(bool data_on_standard_output) {
  return data_on_standard_output ? stderr : stdout;
}

}  // namespace fsc::tools
