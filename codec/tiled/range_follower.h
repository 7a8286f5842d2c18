// range_follower.h: the quantiser's ranges of a stream: measures them, and notices the frames that they do not suit.
//
// A frame does not suit the ranges in force when, in one of its layers,
//  - what they clip, with the picture codec's own error at its QP, is 1.9 times the squared error that ranges of the
//    frame's own would leave; or what they clip is more than the picture codec does, or than a quarter of the layer's
//    variance;
//  - it is coded coarser than the QP says: its own squared width has fallen by 1.9 from the frame before, and its
//    variance by 1.4 (a cut); both are less than half of what they were where the ranges were measured (a fade); or the
//    squared width alone is, in four frames on end, because the largest values of a steady scene come and go;
//  - the layer has grown to more than twice its variance, and ranges of its own to twice the squared width: it is coded
//    finer than the QP says.
// Otherwise the ranges stay: a range that jumps changes the brightness of the whole picture, which prediction does not
// follow. Fixed ranges stay always.
#ifndef FSC_CODEC_TILED_RANGE_FOLLOWER_H_
#define FSC_CODEC_TILED_RANGE_FOLLOWER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/tiled/outliers.h"
#include "codec/tiled/quantizer.h"
#include "codec/tiled/range_fit.h"
#include "fsc/feature_frame.h"
#include "fsc/quantizer_config.h"
#include "fsc/warning.h"

namespace fsc {

class RangeFollower {
 public:
  // `noise`: mean squared error of the picture codec, in units of the squared range (PictureNoise).
  RangeFollower(std::span<const LayerSpec> layers, const QuantizerConfig& config, double noise);
  // Of a codec that goes on in its place.
  void SetNoise(double noise) { noise_ = noise; }

  // Measures ranges on frames that follow each other; they hold from the first of them on. Only kElement takes more
  // than one frame.
  void Measure(std::span<const FeatureFrame* const> frames);
  const std::vector<LayerRanges>& ranges() const { return ranges_; }

  // Whether the ranges in force suit a frame; only after Measure().
  bool Suits(const FeatureFrame& frame);

  // Notes a frame that is coded with the ranges in force, and gives what is sent apart of each of its layers: outliers,
  // of kAuto alone.
  std::vector<std::vector<Outlier>> Take(const FeatureFrame& frame);

  // "outlier-values", "outlier-range", "clipped-values", where there were any.
  Warnings warnings() const;

 private:
  // What is known of a layer beside its ranges.
  struct LayerState {
    ValueInterval usual;             // what is outside is no reason for other ranges, but for kMinMax
    double variance = 0;             // where the ranges were measured
    double fresh_squared_width = 0;  // there too
    double last_squared_width = 0;   // the last frame's own
    int64_t measured_at = 0;         // frame
    bool for_clipping = false;       // because the ranges before clipped too much
    int64_t too_wide_frames = 0;     // the last ones that needed less than half
  };
  // What was seen of a kind that is to be reported.
  struct Seen {
    int64_t values = 0;
    int64_t frames = 0;
    int64_t first_frame = 0;
    int64_t last_frame = 0;
    std::string layer;  // of the first
    double size = 0;    // of the largest value, or the worst ratio

    void Add(int64_t count, int64_t frame, const std::string& name, double how_much);
  };

  bool Clips(const RangeFit& fit, const LayerSpec& layer) const;
  // Whether a frame's own widths say how wide ranges should be.
  bool OwnWidthsTell(const LayerSpec& layer) const;
  bool HasOtherScale(const RangeFit& fit, size_t layer);
  bool LayerSuits(size_t layer, const Tensor& tensor);
  void MeasureLayer(size_t layer, std::span<const Tensor* const> tensors);
  LayerRanges ElementRanges(size_t layer, std::span<const Tensor* const> tensors, const ValueInterval& usual) const;

  std::vector<LayerSpec> layers_;
  QuantizerConfig config_;
  double noise_;
  std::vector<LayerRanges> ranges_;
  std::vector<LayerState> states_;
  std::vector<bool> clipped_;  // layers whose ranges in force clipped the frame that Suits() saw last
  int64_t frames_ = 0;         // taken
  Seen outliers_, clips_, useless_;
};

}  // namespace fsc

#endif  // FSC_CODEC_TILED_RANGE_FOLLOWER_H_
