#include "fsc/tensor_view.h"

#include <type_traits>

#include "core/half_float.h"

namespace fsc {
namespace {

template <class Element>
void Copy(const TensorView& view, Tensor* tensor) {
  const auto* const data = static_cast<const Element*>(view.data);
  float* out = tensor->values().data();
  for (int c = 0; c < view.channels; ++c) {
    for (int y = 0; y < view.height_cells; ++y) {
      const Element* const row = data + c * view.channel_stride + y * view.row_stride;
      for (int x = 0; x < view.width_cells; ++x) {
        const Element value = row[x * view.column_stride];
        *out++ = float(value);
      }
    }
  }
}

// A half, as its 16 bits.
struct Half {
  uint16_t bits;
  explicit operator float() const { return FloatFromHalf(bits); }
};

}  // namespace

Result<Tensor> TensorOf(const TensorView& view) {
  if (view.data == nullptr) return Usage("a view without data", "tensor");
  if (view.channels < 1 || view.height_cells < 1 || view.width_cells < 1) {
    return Usage("a view of a size below 1", "tensor");
  }
  const Limits limits;
  const int64_t elements = int64_t{view.height_cells} * view.width_cells;
  if (elements > limits.max_frame_elements / view.channels) return Usage("a view over the limits", "tensor");
  if (view.contiguous()) {
    return Tensor::Borrow(static_cast<const float*>(view.data), view.channels, view.height_cells, view.width_cells);
  }
  Tensor tensor(view.channels, view.height_cells, view.width_cells);
  switch (view.type) {
    case TensorType::kFloat32:
      Copy<float>(view, &tensor);
      return tensor;
    case TensorType::kFloat16:
      Copy<Half>(view, &tensor);
      return tensor;
    case TensorType::kUint8:
      Copy<uint8_t>(view, &tensor);
      return tensor;
    case TensorType::kUint16:
      Copy<uint16_t>(view, &tensor);
      return tensor;
  }
  return Usage("a view of an unknown type", "tensor");
}

}  // namespace fsc
