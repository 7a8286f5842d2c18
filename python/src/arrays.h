// arrays.h: tensors of Python as the library's views, and the library's tensors as buffers of Python, without copies.
#ifndef FSC_PYTHON_ARRAYS_H_
#define FSC_PYTHON_ARRAYS_H_

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "fsc/decoded_frame.h"
#include "fsc/plane.h"
#include "fsc/tensor_view.h"

namespace fsc::python {

// The layers of one frame, borrowed from objects with the buffer protocol: C x H x W of float32, float16, uint8 or
// uint16, any strides. Raises fsc.UsageError for anything else. Made and destroyed with the interpreter's lock.
class BorrowedLayers {
 public:
  explicit BorrowedLayers(const pybind11::sequence& layers);
  std::span<const TensorView> views() const { return views_; }

 private:
  std::vector<pybind11::buffer_info> buffers_;
  std::vector<TensorView> views_;
};

// One plane of uint8, H x W, columns adjacent; None = no plane.
class BorrowedPlane {
 public:
  explicit BorrowedPlane(const pybind11::object& plane);
  PlaneView<const uint8_t> view() const { return view_; }

 private:
  std::optional<pybind11::buffer_info> buffer_;
  PlaneView<const uint8_t> view_;
};

// One weight a cell, a tensor of one channel a layer, copied; None = none.
std::vector<Tensor> WeightsOf(const pybind11::object& weights);

// A decoded frame that lives for as long as any array that shows one of its layers.
using SharedFrame = std::shared_ptr<DecodedFrame>;

// A layer of a frame, with the buffer protocol: float32, C x H x W.
struct LayerBuffer {
  SharedFrame frame;
  size_t layer = 0;
};

}  // namespace fsc::python

#endif  // FSC_PYTHON_ARRAYS_H_
