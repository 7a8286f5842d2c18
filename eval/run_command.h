// run_command.h: runs another program with a list of arguments, never through a shell, and takes what it prints.
#ifndef FSC_EVAL_RUN_COMMAND_H_
#define FSC_EVAL_RUN_COMMAND_H_

#include <set>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

struct CommandOutput {
  int exit_code = 0;  // 128 + the signal that ended it
  std::string out;    // standard output, at most 64 MiB of it
  std::string errors;
};

// Waits for the end of `words[0]`, which is looked for in PATH. The program is in a process group of its own, so that
// ^C reaches this process alone. It does not see the environment variables in `hidden`. kIo when it cannot be started.
Result<CommandOutput> RunCommand(const std::vector<std::string>& words, const std::set<std::string>& hidden = {});

}  // namespace fsc

#endif  // FSC_EVAL_RUN_COMMAND_H_
