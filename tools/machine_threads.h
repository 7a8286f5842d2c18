// machine_threads.h: how many threads a command takes where nothing says it.
#ifndef FSC_TOOLS_MACHINE_THREADS_H_
#define FSC_TOOLS_MACHINE_THREADS_H_

namespace fsc::tools {

// As many as the machine has, 1 to 256: for work whose result does not depend on it.
int MachineThreads();

}  // namespace fsc::tools

#endif  // FSC_TOOLS_MACHINE_THREADS_H_
