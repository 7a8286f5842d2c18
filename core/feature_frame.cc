#include "fsc/feature_frame.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace fsc {
namespace {

std::string ShapeText(int channels, int height_cells, int width_cells) {
  return std::to_string(channels) + " x " + std::to_string(height_cells) + " x " + std::to_string(width_cells);
}

// The exponent bits are all ones exactly for NaN and Inf. Branch-free, so that the compiler vectorises it.
bool HasNonFinite(std::span<const float> values) {
  constexpr uint32_t kExponent = 0x7f800000u;
  uint32_t found = 0;
  for (const float value : values) found |= uint32_t((std::bit_cast<uint32_t>(value) & kExponent) == kExponent);
  return found != 0;
}

size_t FirstNonFinite(std::span<const float> values) {
  size_t i = 0;
  while (!HasNonFinite(values.subspan(i, 1))) ++i;
  return i;
}

}  // namespace

Status CheckLayers(std::span<const LayerSpec> layers, const Limits& limits, const std::string& where) {
  if (layers.empty() || layers.size() > size_t(limits.max_layers)) {
    return BadInput("a feature frame has 1 to " + std::to_string(limits.max_layers) + " layers, not " +
                        std::to_string(layers.size()),
                    where);
  }
  int64_t total = 0;
  for (const LayerSpec& layer : layers) {
    const std::string name = where + ", layer '" + layer.name + "'";
    if (layer.name.size() > size_t(limits.max_name_bytes)) return BadInput("layer name too long", where);
    if (layer.channels < 1 || layer.channels > limits.max_channels || layer.height_cells < 1 ||
        layer.height_cells > limits.max_plane_size_cells || layer.width_cells < 1 ||
        layer.width_cells > limits.max_plane_size_cells) {
      return BadInput(
          "shape " + ShapeText(layer.channels, layer.height_cells, layer.width_cells) + " is outside the limits", name,
          "at most " + std::to_string(limits.max_channels) + " channels of " +
              std::to_string(limits.max_plane_size_cells) + " cells a side, none empty");
    }
    if (layer.stride_px < 1 || layer.stride_px > 4096) {
      return BadInput("stride " + std::to_string(layer.stride_px) + " is outside 1..4096", name);
    }
    if (layer.phase_px16 < -65536 || layer.phase_px16 > 65536) return BadInput("phase is outside -4096..4096 px", name);
    total += layer.elements();  // each term is at most 2^44: the sum of 16 cannot overflow
  }
  if (total > limits.max_frame_elements) {
    return BadInput("a frame of " + std::to_string(total) + " elements is over the limit of " +
                        std::to_string(limits.max_frame_elements),
                    where);
  }
  return {};
}

int64_t TotalElements(std::span<const LayerSpec> layers) {
  int64_t total = 0;
  for (const LayerSpec& layer : layers) total += layer.elements();
  return total;
}

Tensor::Tensor(int channels, int height_cells, int width_cells)
    : channels_(channels),
      height_cells_(height_cells),
      width_cells_(width_cells),
      owned_(size_t(channels) * height_cells * width_cells),
      values_(owned_) {}

Tensor Tensor::Borrow(const float* values, int channels, int height_cells, int width_cells) {
  Tensor tensor;
  tensor.channels_ = channels;
  tensor.height_cells_ = height_cells;
  tensor.width_cells_ = width_cells;
  tensor.values_ = {const_cast<float*>(values), size_t(channels) * size_t(height_cells) * size_t(width_cells)};
  return tensor;
}

Tensor::Tensor(Tensor&& other) noexcept {
  *this = std::move(other);
}

Tensor& Tensor::operator=(Tensor&& other) noexcept {
  if (this == &other) return *this;
  channels_ = std::exchange(other.channels_, 0);
  height_cells_ = std::exchange(other.height_cells_, 0);
  width_cells_ = std::exchange(other.width_cells_, 0);
  owned_ = std::move(other.owned_);  // keeps its place: the span stays good
  values_ = std::exchange(other.values_, {});
  return *this;
}

Tensor Tensor::Clone() const {
  Tensor copy;
  copy.channels_ = channels_;
  copy.height_cells_ = height_cells_;
  copy.width_cells_ = width_cells_;
  copy.owned_.assign(values_.begin(), values_.end());
  copy.values_ = copy.owned_;
  return copy;
}

Status CheckFrame(const FeatureFrame& frame, std::span<const LayerSpec> layers, const std::string& where) {
  if (frame.layers.size() != layers.size()) {
    return BadInput("the frame has " + std::to_string(frame.layers.size()) + " layers where " +
                        std::to_string(layers.size()) + " are expected",
                    where);
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    const Tensor& tensor = frame.layers[i];
    const std::string name = where + ", layer '" + layers[i].name + "'";
    if (tensor.channels() != layers[i].channels || tensor.height_cells() != layers[i].height_cells ||
        tensor.width_cells() != layers[i].width_cells) {
      return BadInput("shape " + ShapeText(tensor.channels(), tensor.height_cells(), tensor.width_cells()) + " where " +
                          ShapeText(layers[i].channels, layers[i].height_cells, layers[i].width_cells) + " is expected",
                      name);
    }
    if (HasNonFinite(tensor.values())) {
      const size_t at = FirstNonFinite(tensor.values());
      const size_t plane = size_t(layers[i].plane_elements());
      return BadInput("NaN or Inf in the tensor",
                      name + ", channel " + std::to_string(at / plane) + ", row " +
                          std::to_string(at % plane / layers[i].width_cells) + ", column " +
                          std::to_string(at % layers[i].width_cells),
                      "repair the tensors before encoding");
    }
  }
  return {};
}

}  // namespace fsc
