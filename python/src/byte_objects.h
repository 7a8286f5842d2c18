// byte_objects.h: sources and sinks from what Python programs have: paths, bytes, file objects.
#ifndef FSC_PYTHON_BYTE_OBJECTS_H_
#define FSC_PYTHON_BYTE_OBJECTS_H_

#include <pybind11/pybind11.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fsc/byte_io.h"

namespace fsc::python {

// An exception that a file object raised inside the library, until the call is over.
struct Raised {
  std::exception_ptr exception;
};

// A source over a path (str), an object with the buffer protocol, or one with read(); it keeps the object alive.
// Destroyed with the interpreter's lock.
class SourceOf {
 public:
  explicit SourceOf(const pybind11::object& src);
  ByteSource* get() const { return source_.get(); }
  // Raises what the file object raised, if it did.
  void Rethrow();

 private:
  pybind11::object object_;
  std::optional<pybind11::buffer_info> buffer_;
  Raised raised_;
  std::unique_ptr<ByteSource> source_;
};

// A sink into a path (str), an object with write(), or memory (None).
class SinkOf {
 public:
  explicit SinkOf(const pybind11::object& dst);
  ByteSink* get() const { return sink_.get(); }
  void Rethrow();
  // What went to memory; None where it went elsewhere.
  pybind11::object TakeBytes();

 private:
  pybind11::object object_;
  std::vector<uint8_t> bytes_;
  Raised raised_;
  std::unique_ptr<ByteSink> sink_;
};

}  // namespace fsc::python

#endif  // FSC_PYTHON_BYTE_OBJECTS_H_
