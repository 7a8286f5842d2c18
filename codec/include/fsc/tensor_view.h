// tensor_view.h: a layer's values where the caller has them.
#ifndef FSC_TENSOR_VIEW_H_
#define FSC_TENSOR_VIEW_H_

#include <cstddef>
#include <cstdint>

#include "fsc/export.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

enum class TensorType { kFloat32 = 0, kFloat16 = 1, kUint8 = 2, kUint16 = 3 };

// C x H x W values of a type, borrowed for the call that it is passed to. Strides are in elements and may be negative.
struct TensorView {
  const void* data = nullptr;
  TensorType type = TensorType::kFloat32;
  int channels = 0;
  int height_cells = 0;
  int width_cells = 0;
  ptrdiff_t channel_stride = 0;
  ptrdiff_t row_stride = 0;
  ptrdiff_t column_stride = 1;

  // Float32 in C order: what needs no copy.
  bool contiguous() const {
    return type == TensorType::kFloat32 && column_stride == 1 && row_stride == width_cells &&
           channel_stride == ptrdiff_t{height_cells} * width_cells;
  }
};

// A tensor with the view's values: borrowing them where contiguous(), then no longer good than they are; else a copy as
// float32. kUsage for a null pointer, an unknown type or a size below 1.
FSC_EXPORT Result<Tensor> TensorOf(const TensorView& view);

}  // namespace fsc

#endif  // FSC_TENSOR_VIEW_H_
