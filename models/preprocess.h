// preprocess.h: from an 8-bit picture to the tensor that a network's front takes, exactly as the model's JSON says.
//
// Order: resize (OpenCV, 8 bits in and out), crop, pad right and bottom with pad_value, then per channel in the
// network's order x = (pixel / divide - mean) / std / divide_after. The padding passes through the same formula.
#ifndef FSC_MODELS_PREPROCESS_H_
#define FSC_MODELS_PREPROCESS_H_

#include <cstdint>
#include <vector>

#include "core/image.h"
#include "fsc/plane.h"
#include "fsc/status.h"
#include "models/input_geometry.h"
#include "models/model_spec.h"

namespace fsc {

struct NetworkInput {
  InputGeometry geometry;
  std::vector<float> values;  // 3 x input height x input width, in the network's channel order
  // LumaOf the 8-bit picture behind `values`, padding included, as grey of the rounded pad value.
  Plane<uint8_t> luma;
};

// kBadInput when the picture's size is out of range or does not match its samples.
Result<NetworkInput> Preprocess(const InputSpec& spec, const Image& image);

}  // namespace fsc

#endif  // FSC_MODELS_PREPROCESS_H_
