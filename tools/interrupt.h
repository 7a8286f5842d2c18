// interrupt.h: ^C and a closed pipe leave no half-written output.
#ifndef FSC_TOOLS_INTERRUPT_H_
#define FSC_TOOLS_INTERRUPT_H_

namespace fsc::tools {

// SIGINT, SIGTERM and SIGHUP remove uncommitted output files and end the process with the signal's usual exit code.
// SIGPIPE is ignored, so that a closed pipe is an ordinary write error.
void InstallSignalHandlers();

}  // namespace fsc::tools

#endif  // FSC_TOOLS_INTERRUPT_H_
