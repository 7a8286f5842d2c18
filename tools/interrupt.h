// interrupt.h: ^C and a closed pipe leave no half-written output.
#ifndef FSC_TOOLS_INTERRUPT_H_
#define FSC_TOOLS_INTERRUPT_H_

namespace fsc::tools {

// SIGINT, SIGTERM and SIGHUP remove uncommitted output files and end the process with the signal's usual exit code.
// SIGPIPE is ignored, so that a closed pipe is an ordinary write error.
void InstallSignalHandlers();

// While one is there, SIGINT and SIGTERM end nothing: they are remembered for whoever has something to put in order
// first. One at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  static bool arrived();
  // Ends the process as the signal that arrived would have; returns when none has.
  static void EndIfArrived();
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_INTERRUPT_H_
