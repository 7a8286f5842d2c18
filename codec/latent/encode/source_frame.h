// source_frame.h: a frame between its arrival and its coding: what was measured on it, and what of it is still needed.
// Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_SOURCE_FRAME_H_
#define FSC_CODEC_LATENT_ENCODE_SOURCE_FRAME_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codec/latent/encode/frame_scan.h"
#include "codec/latent/header.h"
#include "codec/latent/picture.h"
#include "core/thread_pool.h"
#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "motion/motion_luma.h"

namespace fsc {

struct SourceFrame {
  FeatureFrame frame;  // layers are kept until the fit is known, and where output tables are fitted on them
  FrameScan scan;
  std::vector<Tensor> probes;  // ProbesOf() the frame
  std::vector<LayerPlanes> planes;
  std::shared_ptr<const MotionLuma> luma;    // null without a video
  int qp_offset = 0;                         // its values are larger or smaller than those of the fitted frames
  std::vector<std::vector<Escape>> escapes;  // taken out of the frame, of each layer; empty = none
  bool fits_outputs = false;
  int64_t same_since = 0;                   // the first of the frames up to it, in display order, that are all the same
  std::vector<std::vector<float>> weights;  // of each block of each layer; empty = 1
};

// Scan, luma and weights (FrameHints::weights) of a frame; planes and layers are the caller's business.
SourceFrame MakeSourceFrame(const FeatureFrame& frame, PlaneView<const uint8_t> luma, std::span<const Tensor> weights,
                            ThreadPool* pool);

// A copy of `frame` without its outliers, which go to the source's escapes; its scan and probes are of the copy. null =
// there are none, and the probes are of the frame itself.
std::unique_ptr<FeatureFrame> WithoutOutliers(const FeatureFrame& frame, SourceFrame* source, ThreadPool* pool);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_SOURCE_FRAME_H_
