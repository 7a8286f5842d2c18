#include "tools/interrupt.h"

#include <csignal>

#include "fsc/byte_io.h"

namespace fsc::tools {
namespace {

void OnSignal(int signal) {
  RemoveUncommittedFiles();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void InstallSignalHandlers() {
  std::signal(SIGINT, OnSignal);
  std::signal(SIGTERM, OnSignal);
  std::signal(SIGHUP, OnSignal);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace fsc::tools
