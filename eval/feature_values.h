// feature_values.h: fills a point's rates, distortions and coder times, the same way for every coder.
#ifndef FSC_EVAL_FEATURE_VALUES_H_
#define FSC_EVAL_FEATURE_VALUES_H_

#include "eval/eval_point.h"
#include "eval/feature_distortion.h"
#include "eval/rate_account.h"
#include "eval/reference_cache.h"

namespace fsc {

inline void FillRate(const RateSplit& split, const ReferenceInfo& info, EvalPoint* point) {
  const StreamInfo& s = info.stream;
  const CodedExtent extent = {TotalElements(s.layers) * info.frames,
                              int64_t{s.input_width_px} * s.input_height_px * info.frames, info.seconds};
  const RateUnits rate = InUnits(split.total_bytes(), extent);
  point->frames = info.frames;
  point->frames_per_s = double(s.frame_rate.num) / s.frame_rate.den;
  point->values["bytes"] = double(rate.bytes);
  point->values["bits_per_element"] = rate.bits_per_element;
  if (extent.input_pixels > 0) point->values["bits_per_pixel"] = rate.bits_per_pixel;
  point->values["kbit_per_s"] = rate.kbit_per_s;
  point->values["header_bytes"] = double(split.header_bytes);
  point->values["side_bytes"] = double(split.side_bytes);
  point->values["motion_bytes"] = double(split.motion_bytes);
  point->values["residual_bytes"] = double(split.residual_bytes);
}

inline void FillDistortion(const FeatureDistortion& d, EvalPoint* point) {
  point->values["mse"] = d.mse;
  point->values["psnr_db"] = d.psnr_db;
  point->values["snr_db"] = d.snr_db;
  point->values["nrmse"] = d.nrmse;
}

// On one thread; a profile's reducers and restorers not counted.
inline void FillCoderTimes(double encode_s, double decode_s, const ReferenceInfo& info, EvalPoint* point) {
  const double mel = double(TotalElements(info.stream.layers) * info.frames) / 1e6;
  point->values["encode_ms"] = 1000 * encode_s / double(info.frames);
  point->values["decode_ms"] = 1000 * decode_s / double(info.frames);
  if (encode_s > 0) point->values["encode_mel_per_s"] = mel / encode_s;
  if (decode_s > 0) point->values["decode_mel_per_s"] = mel / decode_s;
}

}  // namespace fsc

#endif  // FSC_EVAL_FEATURE_VALUES_H_
