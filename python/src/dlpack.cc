#include "python/src/registers.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "python/src/errors.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

// The structures of DLPack's unversioned capsule, "dltensor": https://dmlc.github.io/dlpack, version 0.8.
struct DlTensor {
  void* data;
  int32_t device_type;
  int32_t device_id;
  int32_t ndim;
  uint8_t type_code;
  uint8_t bits;
  uint16_t lanes;
  int64_t* shape;
  int64_t* strides;  // in elements; null = C order
  uint64_t byte_offset;
};

struct DlManagedTensor {
  DlTensor tensor;
  void* context;
  void (*deleter)(DlManagedTensor*);
};

constexpr int32_t kCpu = 1;
constexpr int32_t kMaxDimensions = 8;
enum TypeCode : uint8_t { kInt = 0, kUint = 1, kFloat = 2, kBfloat = 4, kBool = 6 };

struct Deleter {
  void operator()(DlManagedTensor* tensor) const {
    if (tensor->deleter != nullptr) tensor->deleter(tensor);
  }
};

// What was exported, until nobody shows it any more.
struct ImportedTensor {
  std::unique_ptr<DlManagedTensor, Deleter> owned;
  std::string format;
  bool bfloat16 = false;
};

// As the buffer protocol writes a type; bfloat16, which it does not know, as the uint16 of its bits. Empty = no such.
std::string FormatOf(const DlTensor& tensor) {
  if (tensor.lanes != 1) return {};
  const std::pair<TypeCode, const char*> formats[] = {
      {kInt, "bhiq"}, {kUint, "BHIQ"}, {kFloat, " efd"}, {kBfloat, " H  "}, {kBool, "?   "}};
  for (const auto& [code, letters] : formats) {
    if (tensor.type_code != code) continue;
    for (int i = 0; i < 4; ++i) {
      if (tensor.bits == 8 << i && letters[i] != ' ') return std::string(1, letters[i]);
    }
  }
  return {};
}

ImportedTensor Import(const py::capsule& capsule) {
  if (std::strcmp(capsule.name(), "dltensor") != 0) {
    Raise(Usage("not a DLPack capsule that can be read: '" + std::string(capsule.name()) + "'", "DLPack",
                "give a tensor that was not exported before"));
  }
  auto* const managed = static_cast<DlManagedTensor*>(capsule.get_pointer());
  const DlTensor& tensor = managed->tensor;
  if (tensor.device_type != kCpu) Raise(Usage("the tensor is not on the CPU", "DLPack", "copy it there first"));
  const std::string format = FormatOf(tensor);
  if (format.empty() || tensor.ndim < 0 || tensor.ndim > kMaxDimensions) {
    Raise(Usage("a tensor of a type or shape that is not taken", "DLPack", "give one of floats or whole numbers"));
  }
  PyCapsule_SetName(capsule.ptr(), "used_dltensor");
  return {std::unique_ptr<DlManagedTensor, Deleter>(managed), format, tensor.type_code == kBfloat};
}

py::buffer_info Show(ImportedTensor& imported) {
  const DlTensor& tensor = imported.owned->tensor;
  const py::ssize_t value = tensor.bits / 8;
  std::vector<py::ssize_t> shape(tensor.shape, tensor.shape + tensor.ndim);
  std::vector<py::ssize_t> strides(shape.size());
  py::ssize_t next = value;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = tensor.strides != nullptr ? tensor.strides[axis] * value : next;
    next *= shape[axis];
  }
  return {static_cast<uint8_t*>(tensor.data) + tensor.byte_offset,
          value,
          imported.format,
          tensor.ndim,
          std::move(shape),
          std::move(strides),
          true};
}

}  // namespace

void RegisterDlpack(py::module_& m) {
  py::class_<ImportedTensor>(m, "ImportedTensor", py::buffer_protocol(),
                             "A tensor of another library, by the buffer protocol.")
      .def_readonly("bfloat16", &ImportedTensor::bfloat16, "The values are bfloat16, shown as their bits.")
      .def_buffer(&Show);
  m.def("from_dlpack", &Import, py::arg("capsule"), "Takes over a capsule that __dlpack__() gave.");
}

}  // namespace fsc::python
