#include "python/src/errors.h"

namespace py = pybind11;

namespace fsc::python {

void Raise(const Error& error) {
  const py::object exception =
      py::module_::import("fsc.errors").attr("from_library")(int(error.kind), error.what, error.where, error.advice);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw py::error_already_set();
}

}  // namespace fsc::python
