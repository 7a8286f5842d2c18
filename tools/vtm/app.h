// app.h: what the programs with VTM's command lines share: help, errors in one line, exit codes.
#ifndef FSC_TOOLS_VTM_APP_H_
#define FSC_TOOLS_VTM_APP_H_

#include <cstdio>
#include <functional>
#include <span>
#include <string>

#include "fsc/status.h"

namespace fsc::tools {

struct App {
  std::string name;                                         // "fsc-encoderapp"
  std::string help;                                         // what --help shows below the name
  std::function<Status(std::span<const std::string>)> run;  // with the arguments
};

// The exit code: 0, or the kind of the error.
int RunApp(const App& app, int argc, char** argv);

// Where a program prints what it did: standard output, as VTM does, unless its data goes there.
std::FILE* Console(bool data_on_standard_output);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VTM_APP_H_
