#include "models/input_geometry.h"

#include <algorithm>
#include <string>

#include "fsc/limits.h"

namespace fsc {
namespace {

std::string SizeText(int64_t width, int64_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

int64_t RoundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Nearest integer to a * b / c for positive numbers, halves up.
int64_t ScaleRounded(int64_t a, int64_t b, int64_t c) {
  return (2 * a * b + c) / (2 * c);
}

Status CheckSize(int64_t width, int64_t height, const std::string& name) {
  const Limits limits;
  if (width < 1 || height < 1 || width > limits.max_picture_size_px || height > limits.max_picture_size_px ||
      width * height > limits.max_picture_samples) {
    return BadInput(name + " has an unsupported size " + SizeText(width, height), "preprocessing",
                    "sides must lie in 1.." + std::to_string(limits.max_picture_size_px));
  }
  return {};
}

}  // namespace

Result<InputGeometry> GeometryFor(const InputSpec& input, int source_width_px, int source_height_px) {
  FSC_RETURN_IF_ERROR(CheckSize(source_width_px, source_height_px, "source picture"));
  const int64_t source_width = source_width_px;
  const int64_t source_height = source_height_px;
  int64_t scaled_width = source_width;
  int64_t scaled_height = source_height;
  int64_t picture_width = 0;
  int64_t picture_height = 0;
  int64_t crop_x = 0;
  int64_t crop_y = 0;
  int64_t input_width = 0;
  int64_t input_height = 0;

  switch (input.resize) {
    case ResizeRule::kNone:
      break;
    case ResizeRule::kStretch:
      scaled_width = input.width_px;
      scaled_height = input.height_px;
      break;
    case ResizeRule::kShortSide: {
      const int64_t short_side = std::min(source_width, source_height);
      scaled_width = ScaleRounded(source_width, input.short_side_px, short_side);
      scaled_height = ScaleRounded(source_height, input.short_side_px, short_side);
      if (scaled_width < input.width_px || scaled_height < input.height_px) {
        return BadInput("crop of " + SizeText(input.width_px, input.height_px) +
                            " does not fit the scaled picture of " + SizeText(scaled_width, scaled_height),
                        "preprocessing", "raise input.short_side or lower input.width and input.height");
      }
      crop_x = (scaled_width - input.width_px) / 2;
      crop_y = (scaled_height - input.height_px) / 2;
      picture_width = input.width_px;
      picture_height = input.height_px;
      break;
    }
    case ResizeRule::kLetterbox:
      // The side that binds is filled exactly; the other one is rounded down, as YOLOX does.
      if (int64_t{input.width_px} * source_height <= int64_t{input.height_px} * source_width) {
        scaled_width = input.width_px;
        scaled_height = std::max<int64_t>(1, source_height * input.width_px / source_width);
      } else {
        scaled_height = input.height_px;
        scaled_width = std::max<int64_t>(1, source_width * input.height_px / source_height);
      }
      input_width = input.width_px;
      input_height = input.height_px;
      break;
  }
  FSC_RETURN_IF_ERROR(CheckSize(scaled_width, scaled_height, "scaled picture"));
  if (picture_width == 0) {
    picture_width = scaled_width;
    picture_height = scaled_height;
  }
  input_width = RoundUp(std::max(input_width, picture_width), input.multiple_px);
  input_height = RoundUp(std::max(input_height, picture_height), input.multiple_px);
  FSC_RETURN_IF_ERROR(CheckSize(input_width, input_height, "network input"));

  InputGeometry geometry;
  geometry.source_width_px = source_width_px;
  geometry.source_height_px = source_height_px;
  geometry.input_width_px = int(input_width);
  geometry.input_height_px = int(input_height);
  geometry.scale_x = double(scaled_width) / double(source_width);
  geometry.scale_y = double(scaled_height) / double(source_height);
  geometry.offset_x_px = -double(crop_x);
  geometry.offset_y_px = -double(crop_y);
  geometry.picture_width_px = int(picture_width);
  geometry.picture_height_px = int(picture_height);
  geometry.scaled_width_px = int(scaled_width);
  geometry.scaled_height_px = int(scaled_height);
  return geometry;
}

}  // namespace fsc
