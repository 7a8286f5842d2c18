// decoded_frame.h: what a decoder gives.
#ifndef FSC_DECODED_FRAME_H_
#define FSC_DECODED_FRAME_H_

#include <cstdint>
#include <memory>

#include "fsc/feature_frame.h"

namespace fsc {

struct FrameAnalysis;  // of `fsc view`; private to the project

struct DecodedFrame {
  int64_t frame_number = 0;
  FeatureFrame frame;
  FeatureFrame coded;                             // as the mode coded it, reduced; empty unless asked for
  std::shared_ptr<const FrameAnalysis> analysis;  // null unless asked for
};

}  // namespace fsc

#endif  // FSC_DECODED_FRAME_H_
