// input_geometry.h: how a source picture is laid into a network's input. Pure arithmetic; nothing here touches a pixel.
#ifndef FSC_MODELS_INPUT_GEOMETRY_H_
#define FSC_MODELS_INPUT_GEOMETRY_H_

#include "fsc/status.h"
#include "models/model_spec.h"

namespace fsc {

// Follows from the size of the source and the model's resize rule. The input holds, from its top left corner, the
// picture (the resized, perhaps cropped source) and then padding on the right and at the bottom.
struct InputGeometry {
  int source_width_px = 0;
  int source_height_px = 0;
  int input_width_px = 0;  // of the tensor that the front gets, padding included
  int input_height_px = 0;
  // source = (input - offset) / scale, in continuous pixel coordinates (the first pixel covers 0..1).
  double scale_x = 1, scale_y = 1;
  double offset_x_px = 0, offset_y_px = 0;
  int picture_width_px = 0;  // of the picture within the input, padding not counted
  int picture_height_px = 0;
  int scaled_width_px = 0;  // of the whole source after scaling, before any crop
  int scaled_height_px = 0;
};

// kBadInput when a size is outside the limits, or when the scaled source is smaller than the crop.
Result<InputGeometry> GeometryFor(const InputSpec& input, int source_width_px, int source_height_px);

}  // namespace fsc

#endif  // FSC_MODELS_INPUT_GEOMETRY_H_
