#include "python/src/work.h"

#include <unistd.h>

#include <chrono>
#include <thread>

#include "fsc/byte_io.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

std::atomic<bool> leaving{false};
std::atomic<int> calls{0};  // that are without the lock, or wait for it

// A thread that asks for the lock of an interpreter that is gone is ended by force, in the middle of C++. So the
// interpreter waits here, before it goes, for all that are under way: a frame's time at most.
void AtExit(pid_t owner) {
  if (getpid() != owner) return;  // a fork: the files are its parent's
  leaving = true;
  {
    const py::gil_scoped_release unlocked;
    while (calls > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  RemoveUncommittedFiles();
}

}  // namespace

void Gate::Enter() {
  if (!busy_.exchange(true, std::memory_order_acquire)) return;
  Raise(Usage("another thread is in this object", "threads", "use it from one thread at a time, or make one a thread"));
}

Unlocked::Unlocked() {
  if (leaving) Raise(Usage("the interpreter exits", "threads", "join threads before the program ends"));
  ++calls;
  state_ = PyEval_SaveThread();
}

Unlocked::~Unlocked() {
  PyEval_RestoreThread(state_);
  --calls;
}

void RegisterExit() {
  const pid_t owner = getpid();
  py::module_::import("atexit").attr("register")(py::cpp_function([owner] { AtExit(owner); }));
}

}  // namespace fsc::python
