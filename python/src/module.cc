// module.cc: fsc._fsc, libfsc for the Python package: thin, in process, with public headers only. What users call is in
// Python, in fsc/.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "fsc/frame_rate.h"
#include "fsc/modes.h"
#include "fsc/version.h"
#include "python/src/errors.h"
#include "python/src/registers.h"
#include "python/src/work.h"

namespace py = pybind11;

PYBIND11_MODULE(_fsc, m) {
  using namespace fsc::python;
  m.doc() = "libfsc for the package fsc.";
  m.attr("version") = fsc::kVersion;
  RegisterProfile(m);  // before those whose functions take one
  RegisterArrays(m);
  RegisterDlpack(m);
  RegisterEncoders(m);
  RegisterDecoders(m);
  RegisterStreams(m);
  RegisterMetrics(m);
  RegisterTaskMetrics(m);
  m.def("modes", &fsc::AvailableModes, "Modes that this build can code.");
  m.def("usual_qp", &fsc::UsualQp, py::arg("mode"), py::arg("bits"), "The QP of a mode for who names none.");
  m.def(
      "frame_rate",
      [](const std::string& text) {
        const fsc::TimeBase rate = Take(fsc::ParseFrameRate(text));
        return py::make_tuple(rate.num, rate.den);
      },
      py::arg("text"), "'29.97' as (30000, 1001).");
  RegisterExit();
}
