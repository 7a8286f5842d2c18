// quantizer_config.h: how float features become integers of the tiled modes.
//
// Ulhaq: M. Ulhaq, "Mobile-Cloud Inference for Collaborative Intelligence", 2020, chapter 2. Choi and Bajic: "Deep
// feature compression for collaborative object detection", ICIP 2018. The anchor: CompressAI-Vision's packing of
// features for MPEG FCM, compressai_vision.codecs.utils.
#ifndef FSC_QUANTIZER_CONFIG_H_
#define FSC_QUANTIZER_CONFIG_H_

#include <optional>

namespace fsc {

// Where the range [lo, hi] comes from.
enum class RangeRule {
  kAuto,  // smallest and largest value, but for the few that lie far outside all others: those are sent apart
  kMinMax,
  kSigma,       // mean +- width * standard deviation (Ulhaq: of the tensor, or of a channel)
  kPercentile,  // the `percentile` and 100 - `percentile` quantiles
  kFixed,       // fixed_lo .. fixed_hi
};

// One range for the layer, for each channel, or for each element (Ulhaq: two C x H x W maps as side information).
enum class RangeScope { kLayer, kChannel, kElement };

// How values map to levels.
enum class LevelRule {
  kCentre,  // q = clip(floor(N (x - lo) / (hi - lo)), 0, N - 1), x' = centre of bin q         (Ulhaq)
  kQLayer,  // q = round((N - 1) (x - lo) / (hi - lo)), x' = lo + q (hi - lo) / (N - 1)        (Choi and Bajic)
  kFloor,   // q = trunc(clip((N - 1) (x - lo) / (hi - lo), 0, N - 1)), x' as in kQLayer: biased by half a step, for
            // comparison with the systems that do it (Ulhaq's program, and the anchor)
};

// When a range is measured anew: with every frame, or once an intra period and where a frame does not fit the ranges in
// force (codec/tiled/range_follower.h).
enum class RangeUpdate { kFrame, kIntraPeriod };

struct QuantizerConfig {
  int levels = 0;  // N: 2 .. 65536, or 0 = 2^bits
  int bits = 8;    // of the picture's samples: 8, 10 or 12 for video modes; levels <= 2^bits
  RangeRule rule = RangeRule::kAuto;
  RangeScope scope = RangeScope::kLayer;
  LevelRule level_rule = LevelRule::kCentre;
  RangeUpdate update = RangeUpdate::kIntraPeriod;
  double sigma_width = 3.3;  // of kSigma
  double percentile = 0.05;  // of kPercentile, in percent, 0 <= p < 50
  double fixed_lo = 0.0;     // of kFixed
  double fixed_hi = 1.0;
};

}  // namespace fsc

#endif  // FSC_QUANTIZER_CONFIG_H_
