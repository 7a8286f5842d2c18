// errors.h: from the library's errors to Python's exceptions, which fsc.errors defines.
#ifndef FSC_PYTHON_ERRORS_H_
#define FSC_PYTHON_ERRORS_H_

#include <pybind11/pybind11.h>

#include <utility>

#include "fsc/status.h"

namespace fsc::python {

// Raises fsc.UsageError, BadInputError, StreamIOError or InternalError, with .what, .where and .advice. With the
// interpreter's lock.
[[noreturn]] void Raise(const Error& error);

inline void Check(const Status& status) {
  if (!status.ok()) Raise(status.error());
}

// The value of a result, or the exception.
template <class T>
T Take(Result<T> result) {
  if (!result.ok()) Raise(result.error());
  return std::move(result).value();
}

}  // namespace fsc::python

#endif  // FSC_PYTHON_ERRORS_H_
