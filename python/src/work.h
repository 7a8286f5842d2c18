// work.h: calls into the library that take their time: without the interpreter's lock, so that other Python threads
// run, and one at a time on each object.
#ifndef FSC_PYTHON_WORK_H_
#define FSC_PYTHON_WORK_H_

#include <pybind11/pybind11.h>

#include <atomic>

#include "python/src/errors.h"

namespace fsc::python {

// Of an object: lets one thread in at a time.
class Gate {
 public:
  // Raises fsc.UsageError where another thread is inside.
  void Enter();
  void Leave() { busy_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> busy_{false};
};

// Inside the gate for as long as it lives.
class Entry {
 public:
  explicit Entry(Gate* gate) : gate_(gate) { gate_->Enter(); }
  ~Entry() { gate_->Leave(); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  Gate* gate_;
};

// Without the interpreter's lock for as long as it lives. Once the interpreter exits, daemon threads stop here.
class Unlocked {
 public:
  Unlocked();
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_;
};

// What `body` gives, a Status or a Result, computed without the lock. Nothing in it may touch a Python object.
template <class Body>
auto Work(Gate* gate, const Body& body) {
  const Entry entry(gate);
  const Unlocked unlocked;
  return body();
}

// Sees to it that at the interpreter's exit calls under way end, none begins, and files that are not complete are
// removed.
void RegisterExit();

}  // namespace fsc::python

#endif  // FSC_PYTHON_WORK_H_
