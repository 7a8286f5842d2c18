// profile.cc: calibration profiles.
#include <pybind11/pybind11.h>

#include <string>

#include "python/src/errors.h"
#include "python/src/held_profile.h"
#include "python/src/registers.h"
#include "python/src/settings.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

HeldProfile Load(const py::object& src) {
  if (py::isinstance<py::str>(src)) return {Take(LoadProfile(src.cast<std::string>()))};
  if (!py::isinstance<py::buffer>(src)) Raise(Usage("not a profile", "src", "give a path or bytes"));
  const py::buffer_info buffer = py::reinterpret_borrow<py::buffer>(src).request();
  const size_t size = size_t(buffer.size * buffer.itemsize);
  return {Take(LoadProfile({static_cast<const uint8_t*>(buffer.ptr), size}, "profile"))};
}

py::bytes Digest(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

py::dict Fields(const HeldProfile& held) {
  const ProfileInfo info = Describe(*held.profile);
  py::dict fields;
  fields["kind"] = info.kind;
  fields["model_id"] = info.model_id;
  fields["model_sha256"] = Digest(info.model_sha256);
  fields["layers"] = LayerTuples(info.layers);
  fields["sha256"] = Digest(info.decoder_sha256);
  fields["planes"] = info.planes;
  return fields;
}

}  // namespace

void RegisterProfile(py::module_& m) {
  py::class_<HeldProfile>(m, "HeldProfile", "A calibration profile.")
      .def("fields", &Fields, "What it says of itself.")
      .def(
          "qp_for_drop",
          [](const HeldProfile& held, const std::string& mode, const std::string& preset, double percent) {
            return Take(QpForDrop(*held.profile, mode, preset, percent));
          },
          py::arg("mode"), py::arg("preset"), py::arg("max_drop_percent"), "The largest QP within a drop.");
  m.def("load_profile", &Load, py::arg("src"), "A profile from a path or bytes.");
}

}  // namespace fsc::python
