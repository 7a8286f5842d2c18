#include "tools/machine_threads.h"

#include <algorithm>
#include <thread>

#include "core/thread_pool.h"

namespace fsc::tools {

int MachineThreads() {
  return int(std::clamp(std::thread::hardware_concurrency(), 1u, unsigned(kMostThreads)));
}

}  // namespace fsc::tools
