// registers.h: what each file of the module adds to it.
#ifndef FSC_PYTHON_REGISTERS_H_
#define FSC_PYTHON_REGISTERS_H_

#include <pybind11/pybind11.h>

namespace fsc::python {

void RegisterArrays(pybind11::module_& m);
void RegisterDlpack(pybind11::module_& m);
void RegisterProfile(pybind11::module_& m);
void RegisterEncoders(pybind11::module_& m);
void RegisterDecoders(pybind11::module_& m);
void RegisterStreams(pybind11::module_& m);
void RegisterMetrics(pybind11::module_& m);
void RegisterTaskMetrics(pybind11::module_& m);

}  // namespace fsc::python

#endif  // FSC_PYTHON_REGISTERS_H_
