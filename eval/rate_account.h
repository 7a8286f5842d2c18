// rate_account.h: every byte of a coded clip, what it was spent on, and the units it is quoted in.
#ifndef FSC_EVAL_RATE_ACCOUNT_H_
#define FSC_EVAL_RATE_ACCOUNT_H_

#include <cstdint>

#include "fsc/feature_frame.h"

namespace fsc {

// What the bytes of one file are. Their sum is the size of the file: nothing that a receiver needs is left out.
struct RateSplit {
  uint64_t header_bytes = 0;  // signature, stream header (profile included), packet envelopes, index
  uint64_t side_bytes = 0;    // ranges, statistics, transforms
  uint64_t motion_bytes = 0;
  uint64_t residual_bytes = 0;  // coded samples; a tiled picture counts here
  uint64_t total_bytes() const { return header_bytes + side_bytes + motion_bytes + residual_bytes; }
};

// What the bytes describe.
struct CodedExtent {
  int64_t elements = 0;      // of the ORIGINAL tensors, all layers, all frames
  int64_t input_pixels = 0;  // of the network's input, all frames
  double seconds = 0;        // ClipSeconds()
};

struct RateUnits {
  uint64_t bytes = 0;
  double bits_per_element = 0;
  double bits_per_pixel = 0;  // 0 where the input size is unknown
  double kbit_per_s = 0;      // 1 kbit = 1000 bits; 0 where the duration is unknown
};

// Length in seconds of a clip whose time stamps go from `first_ticks` to `last_ticks`: the last frame lasts as long as
// one does at the frame rate.
inline double ClipSeconds(int64_t first_ticks, int64_t last_ticks, TimeBase time_base, TimeBase frame_rate) {
  return double(last_ticks - first_ticks) * time_base.num / time_base.den + double(frame_rate.den) / frame_rate.num;
}

inline RateUnits InUnits(uint64_t bytes, const CodedExtent& extent) {
  const double bits = 8.0 * double(bytes);
  RateUnits out;
  out.bytes = bytes;
  out.bits_per_element = extent.elements > 0 ? bits / double(extent.elements) : 0;
  out.bits_per_pixel = extent.input_pixels > 0 ? bits / double(extent.input_pixels) : 0;
  out.kbit_per_s = extent.seconds > 0 ? bits / 1000 / extent.seconds : 0;
  return out;
}

}  // namespace fsc

#endif  // FSC_EVAL_RATE_ACCOUNT_H_
