#include "models/preprocess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "core/luma.h"

namespace fsc {
namespace {

int OpenCvInterpolation(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::kNearest:
      return cv::INTER_NEAREST;
    case Interpolation::kArea:
      return cv::INTER_AREA;
    case Interpolation::kCubic:
      return cv::INTER_CUBIC;
    case Interpolation::kLinear:
      break;
  }
  return cv::INTER_LINEAR;
}

float Normalise(const InputSpec& spec, int network_channel, double pixel) {
  const double centred = pixel / double(spec.divide) - double(spec.mean[size_t(network_channel)]);
  return float(centred / double(spec.std[size_t(network_channel)]) / double(spec.divide_after));
}

// The picture inside the input: 8-bit BGR, resized and cropped. May share the caller's samples.
cv::Mat ResizedPicture(const InputSpec& spec, const InputGeometry& geometry, const Image& image) {
  const cv::Mat source(image.height_px, image.width_px, CV_8UC3, const_cast<uint8_t*>(image.bgr.data()));
  cv::Mat scaled = source;
  if (geometry.scaled_width_px != image.width_px || geometry.scaled_height_px != image.height_px) {
    cv::resize(source, scaled, cv::Size(geometry.scaled_width_px, geometry.scaled_height_px), 0, 0,
               OpenCvInterpolation(spec.interpolation));
  }
  return scaled(cv::Rect(int(-geometry.offset_x_px), int(-geometry.offset_y_px), geometry.picture_width_px,
                         geometry.picture_height_px));
}

}  // namespace

Result<NetworkInput> Preprocess(const InputSpec& spec, const Image& image) {
  FSC_ASSIGN_OR_RETURN(const InputGeometry geometry, GeometryFor(spec, image.width_px, image.height_px));
  if (image.bgr.size() != 3 * size_t(image.width_px) * size_t(image.height_px)) {
    return BadInput("picture holds " + std::to_string(image.bgr.size()) + " bytes, its size asks for " +
                        std::to_string(3 * size_t(image.width_px) * size_t(image.height_px)),
                    "preprocessing");
  }

  cv::Mat picture;
  try {
    picture = ResizedPicture(spec, geometry, image);
  } catch (const std::exception& e) {
    return Internal(std::string("OpenCV could not resize the picture: ") + e.what(), "preprocessing");
  }

  // table[c][v]: value of an 8-bit sample v in the network's channel c.
  std::array<std::array<float, 256>, 3> table;
  for (int c = 0; c < 3; ++c) {
    for (int v = 0; v < 256; ++v) table[size_t(c)][size_t(v)] = Normalise(spec, c, v);
  }
  const std::array<float, 3> pad = {Normalise(spec, 0, spec.pad_value), Normalise(spec, 1, spec.pad_value),
                                    Normalise(spec, 2, spec.pad_value)};
  const uint8_t pad_sample = uint8_t(std::clamp(std::lround(spec.pad_value), 0L, 255L));

  const int width = geometry.input_width_px;
  const int height = geometry.input_height_px;
  const size_t plane_size = size_t(width) * size_t(height);
  const std::array<int, 3> bgr_index = spec.rgb ? std::array<int, 3>{2, 1, 0} : std::array<int, 3>{0, 1, 2};
  NetworkInput input;
  input.geometry = geometry;
  input.values.resize(3 * plane_size);
  Image seen{width, height, std::vector<uint8_t>(3 * plane_size, pad_sample)};

  for (int y = 0; y < height; ++y) {
    const int filled = y < picture.rows ? picture.cols : 0;
    const uint8_t* row = filled > 0 ? picture.ptr<uint8_t>(y) : nullptr;
    std::copy(row, row + 3 * filled, seen.bgr.data() + 3 * size_t(y) * size_t(width));
    for (int c = 0; c < 3; ++c) {
      float* out = input.values.data() + size_t(c) * plane_size + size_t(y) * size_t(width);
      const uint8_t* in = filled > 0 ? row + bgr_index[size_t(c)] : nullptr;
      for (int x = 0; x < filled; ++x) out[x] = table[size_t(c)][in[3 * x]];
      std::fill(out + filled, out + width, pad[size_t(c)]);
    }
  }
  input.luma = LumaOf(seen);
  return input;
}

}  // namespace fsc
