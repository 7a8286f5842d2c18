// quantizer.h: one layer's features to levels and back, plane by plane, straight into and out of picture rows.
//
// Guarantee, for a value x inside its range [lo, hi], with step s (kCentre: (hi - lo) / N; otherwise (hi - lo) / (N -
// 1)):
//   |x - x'| <= s * (0.5 + N * 2^-22) + 2 ulp(max(|lo|, |hi|)) + 2^-100        (kFloor: one step instead of half a
//   step)
// and lo == hi gives x' = lo exactly. Values outside the range go to its nearest level. x' is finite and never above
// hi.
#ifndef FSC_CODEC_TILED_QUANTIZER_H_
#define FSC_CODEC_TILED_QUANTIZER_H_

#include <span>
#include <string>
#include <vector>

#include "codec/tiled/quantizer_kernels.h"
#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "fsc/quantizer_config.h"
#include "fsc/status.h"

namespace fsc {

inline constexpr double kLargestRange = 0x1p127;  // beyond it x - lo would overflow inside the range

// The ranges of one layer: 1 (kLayer), C (kChannel) or C * H * W (kElement, in the order of the tensor) pairs.
struct LayerRanges {
  std::vector<float> lo;
  std::vector<float> hi;  // finite, lo <= hi, hi - lo <= 2^127
  bool operator==(const LayerRanges&) const = default;
};

// How many ranges a layer has.
int64_t RangeCount(const LayerSpec& layer, RangeScope scope);

// N: config.levels, or 2^bits where it is 0.
int LevelsOf(const QuantizerConfig& config);

// kUsage when a setting is outside what fsc/quantizer_config.h allows.
Status CheckQuantizerConfig(const QuantizerConfig& config);

class LayerQuantizer {
 public:
  // `levels` 2..65536.
  LayerQuantizer(const LayerSpec& layer, int levels, LevelRule rule, RangeScope scope);

  // kBadInput when there are not RangeCount() of them, or one breaks the rules of LayerRanges; `where` for the message.
  Status SetRanges(const LayerRanges& ranges, const std::string& where);

  // Only after SetRanges(). `values`: the H x W values of `channel`; `samples`: H rows of W.
  void QuantizePlane(int channel, std::span<const float> values, bool inverted, PlaneView<uint16_t> samples) const;
  void DequantizePlane(int channel, PlaneView<const uint16_t> samples, bool inverted, std::span<float> values) const;

  int levels() const { return levels_; }

 private:
  RangeSteps StepsOf(float lo, float hi) const;
  ElementSteps ElementsOf(int channel) const;

  int64_t plane_elements_;
  int64_t ranges_;
  int levels_;
  RangeScope scope_;
  double steps_per_range_;  // N or N - 1
  LevelRuleParameters rule_;
  std::vector<RangeSteps> steps_;                // kLayer, kChannel
  std::vector<float> lo_, hi_, inverse_, step_;  // kElement
};

}  // namespace fsc

#endif  // FSC_CODEC_TILED_QUANTIZER_H_
