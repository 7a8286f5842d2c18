#include "python/src/work.h"

#include <unistd.h>

#include <chrono>
#include <thread>

#include "fsc/byte_io.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

std::atomic<bool> leaving{false};
std::thread::id leaver;     // the thread that ends the interpreter; good where `leaving`
std::atomic<int> calls{0};  // that are without the lock, or wait for it

// A thread that asks for the lock of an interpreter that is gone is ended by force, in the middle of C++. So the
// interpreter waits here, before it goes, for all that are under way: a frame's time at most.
void AtExit(pid_t owner) {
  if (getpid() != owner) return;  // a fork: the files are its parent's
  leaver = std::this_thread::get_id();
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
  const bool late = leaving;  // while the lock is held: nobody begins to leave behind our back
  if (late && leaver == std::this_thread::get_id()) {
    Raise(Usage("the interpreter ends", "fsc", "finish before the program's exit handlers run"));
  }
  if (!late) ++calls;
  state_ = PyEval_SaveThread();
  // A daemon thread, for which nobody waits: it stops here, as it could at any other place.
  while (late) std::this_thread::sleep_for(std::chrono::hours(1));
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
