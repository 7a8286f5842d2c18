#include "python/src/arrays.h"

#include <limits>
#include <string>
#include <utility>

#include "python/src/errors.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

std::optional<TensorType> TypeOf(const std::string& format) {
  const std::string type =
      format.size() == 2 && (format[0] == '<' || format[0] == '=' || format[0] == '@') ? format.substr(1) : format;
  if (type == "f") return TensorType::kFloat32;
  if (type == "e") return TensorType::kFloat16;
  if (type == "B") return TensorType::kUint8;
  if (type == "H") return TensorType::kUint16;
  return std::nullopt;
}

int Size(py::ssize_t size, const std::string& where) {
  if (size > std::numeric_limits<int>::max()) Raise(BadInput("the tensor is larger than any stream holds", where));
  return int(size);
}

TensorView ViewOf(const py::buffer_info& buffer, const std::string& where) {
  if (buffer.ndim != 3) {
    Raise(BadInput("a layer has " + std::to_string(buffer.ndim) + " dimensions", where,
                   "give channels x height x width"));
  }
  const auto type = TypeOf(buffer.format);
  if (!type) {
    Raise(
        Usage("values of type '" + buffer.format + "' are not taken", where, "give float32, float16, uint8 or uint16"));
  }
  TensorView view;
  view.type = *type;
  view.data = buffer.ptr;
  view.channels = Size(buffer.shape[0], where);
  view.height_cells = Size(buffer.shape[1], where);
  view.width_cells = Size(buffer.shape[2], where);
  ptrdiff_t* const strides[] = {&view.channel_stride, &view.row_stride, &view.column_stride};
  bool aligned = reinterpret_cast<uintptr_t>(buffer.ptr) % uintptr_t(buffer.itemsize) == 0;
  for (size_t axis = 0; axis < 3; ++axis) {
    aligned = aligned && buffer.strides[axis] % buffer.itemsize == 0;
    *strides[axis] = buffer.strides[axis] / buffer.itemsize;
  }
  if (!aligned) Raise(Usage("values do not lie at multiples of their size", where, "give a copy"));
  return view;
}

py::buffer_info BufferOf(const py::handle& object, const std::string& where) {
  if (!py::isinstance<py::buffer>(object)) {
    Raise(Usage("not an array: " + std::string(py::str(py::type::handle_of(object))), where,
                "give an object with the buffer protocol"));
  }
  return py::reinterpret_borrow<py::buffer>(object).request();
}

py::buffer_info ShowLayer(LayerBuffer& layer) {
  Tensor& tensor = layer.frame->frame.layers[layer.layer];
  const auto value = py::ssize_t(sizeof(float));
  const py::ssize_t c = tensor.channels(), h = tensor.height_cells(), w = tensor.width_cells();
  return {tensor.values().data(), value, "f", 3, {c, h, w}, {h * w * value, w * value, value}};
}

// Where the encoder reads the values of a layer that it is given: the caller's own memory where nothing is copied.
uintptr_t AddressRead(const py::sequence& layers) {
  const BorrowedLayers borrowed(layers);
  const Tensor tensor = Take(TensorOf(borrowed.views()[0]));
  return reinterpret_cast<uintptr_t>(tensor.values().data());
}

py::list LayersOf(const SharedFrame& frame) {
  py::list layers;
  for (size_t i = 0; i < frame->frame.layers.size(); ++i) layers.append(LayerBuffer{frame, i});
  return layers;
}

}  // namespace

BorrowedLayers::BorrowedLayers(const py::sequence& layers) {
  for (const py::handle& layer : layers) {
    const std::string where = "layer " + std::to_string(buffers_.size());
    buffers_.push_back(BufferOf(layer, where));
    views_.push_back(ViewOf(buffers_.back(), where));
  }
}

BorrowedPlane::BorrowedPlane(const py::object& plane) {
  if (plane.is_none()) return;
  buffer_.emplace(BufferOf(plane, "luma"));
  if (buffer_->ndim != 2 || TypeOf(buffer_->format) != TensorType::kUint8 || buffer_->strides[1] != 1 ||
      buffer_->strides[0] < buffer_->shape[1]) {
    Raise(Usage("luma of another shape or type", "luma", "give height x width of uint8, row by row"));
  }
  view_ = {static_cast<const uint8_t*>(buffer_->ptr), Size(buffer_->shape[1], "luma"), Size(buffer_->shape[0], "luma"),
           buffer_->strides[0]};
}

std::vector<Tensor> WeightsOf(const py::object& weights) {
  std::vector<Tensor> tensors;
  if (weights.is_none()) return tensors;
  const BorrowedLayers borrowed{py::sequence(weights)};
  for (const TensorView& view : borrowed.views()) tensors.push_back(Take(TensorOf(view)).Clone());
  return tensors;
}

void RegisterArrays(py::module_& m) {
  py::class_<LayerBuffer>(m, "LayerBuffer", py::buffer_protocol(),
                          "One layer of a decoded frame: float32, channels x height x width, by the buffer protocol.")
      .def_buffer(&ShowLayer);
  py::class_<DecodedFrame, SharedFrame>(m, "DecodedFrame", "A decoded frame, which owns its values.")
      .def_readonly("number", &DecodedFrame::frame_number)
      .def_property_readonly("ticks", [](const DecodedFrame& frame) { return frame.frame.timestamp_ticks; })
      .def("layers", &LayersOf, "One LayerBuffer a layer; each keeps the frame alive.");
  m.def("address_read", &AddressRead, py::arg("layers"),
        "Where an encoder reads the values of the first of these layers.");
}

}  // namespace fsc::python
