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

volatile std::sig_atomic_t g_arrived = 0;

void Remember(int signal) {
  g_arrived = signal;
}

}  // namespace

InterruptWatch::InterruptWatch() {
  g_arrived = 0;
  std::signal(SIGINT, Remember);
  std::signal(SIGTERM, Remember);
}

InterruptWatch::~InterruptWatch() {
  std::signal(SIGINT, OnSignal);
  std::signal(SIGTERM, OnSignal);
}

bool InterruptWatch::arrived() {
  return g_arrived != 0;
}

void InterruptWatch::EndIfArrived() {
  if (g_arrived != 0) OnSignal(g_arrived);
}

void InstallSignalHandlers() {
  std::signal(SIGINT, OnSignal);
  std::signal(SIGTERM, OnSignal);
  std::signal(SIGHUP, OnSignal);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace fsc::tools
