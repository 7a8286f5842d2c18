// feature_frame.h: what a network's front makes of one video frame.
//
// A feature frame is 1..16 layers, each a tensor C x H x W of float32 in C order (channel slowest, column fastest) with
// the stride that ties its cells to the pixels of the network's input.
#ifndef FSC_FEATURE_FRAME_H_
#define FSC_FEATURE_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fsc/export.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

// Shape and geometry of one layer. Constant over a stream.
struct LayerSpec {
  std::string name;
  int channels = 0;      // C, 1..limits.max_channels
  int height_cells = 0;  // H, 1..limits.max_plane_size_cells
  int width_cells = 0;   // W, 1..limits.max_plane_size_cells
  int stride_px = 1;     // input pixels per cell, 1..4096
  int phase_px16 = 0;    // input position of the centre of cell 0 (pixel 0's centre = 0), in 1/16 px, -65536..65536

  int64_t plane_elements() const { return int64_t{height_cells} * width_cells; }
  int64_t elements() const { return channels * plane_elements(); }
  bool operator==(const LayerSpec&) const = default;
};

// kBadInput when a layer or the whole frame exceeds `limits`; `where` names the source of the claim.
FSC_EXPORT Status CheckLayers(std::span<const LayerSpec> layers, const Limits& limits, const std::string& where);

// Elements of one frame: the sum over layers.
FSC_EXPORT int64_t TotalElements(std::span<const LayerSpec> layers);

// One layer's values, owned, or borrowed where Borrow() says so. Moves are free; copies are explicit through Clone(),
// and own.
class FSC_EXPORT Tensor {
 public:
  Tensor() = default;
  // Zero-filled C x H x W.
  Tensor(int channels, int height_cells, int width_cells);
  // Values in C order that the caller keeps for as long as the tensor lives, and that nobody writes through it.
  static Tensor Borrow(const float* values, int channels, int height_cells, int width_cells);
  Tensor(Tensor&& other) noexcept;
  Tensor& operator=(Tensor&& other) noexcept;
  Tensor Clone() const;

  int channels() const { return channels_; }
  int height_cells() const { return height_cells_; }
  int width_cells() const { return width_cells_; }
  size_t size() const { return values_.size(); }
  bool borrowed() const { return owned_.empty() && !values_.empty(); }

  std::span<float> values() { return values_; }
  std::span<const float> values() const { return values_; }
  // The H x W values of one channel.
  std::span<float> plane(int channel) { return values().subspan(channel * plane_size(), plane_size()); }
  std::span<const float> plane(int channel) const { return values().subspan(channel * plane_size(), plane_size()); }

 private:
  size_t plane_size() const { return size_t(height_cells_) * width_cells_; }

  int channels_ = 0;
  int height_cells_ = 0;
  int width_cells_ = 0;
  std::vector<float> owned_;  // empty where borrowed
  std::span<float> values_;
};

// A point of a time axis: seconds = ticks * num / den.
struct TimeBase {
  int32_t num = 1;   // > 0
  int32_t den = 25;  // > 0
  bool operator==(const TimeBase&) const = default;
};

struct FeatureFrame {
  std::vector<Tensor> layers;   // in the order of the stream's LayerSpecs
  int64_t timestamp_ticks = 0;  // in the stream's TimeBase
};

// kBadInput when the frame's tensors do not have the shapes of `layers`, or hold NaN or Inf (which no mode can code);
// the error names the layer, channel and cell.
FSC_EXPORT Status CheckFrame(const FeatureFrame& frame, std::span<const LayerSpec> layers, const std::string& where);

}  // namespace fsc

#endif  // FSC_FEATURE_FRAME_H_
