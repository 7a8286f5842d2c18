#include "eval/processor.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

namespace fsc {

std::string ProcessorName() {
  std::string name = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const size_t value = line.find(": ");
    if (line.rfind("model name", 0) != 0 || value == std::string::npos) continue;
    name = line.substr(value + 2);
    break;
  }
  return fmt::format("{}, {} cores", name, std::thread::hardware_concurrency());
}

double PeakMemoryMib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) / 1024;  // Linux gives KiB
}

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "unknown";
}

}  // namespace fsc
