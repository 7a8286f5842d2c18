// channel_transform_fit.h: chooses a layer's channel transform from its first frames. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_CHANNEL_TRANSFORM_FIT_H_
#define FSC_CODEC_LATENT_ENCODE_CHANNEL_TRANSFORM_FIT_H_

#include <span>

#include "codec/latent/channel_transform.h"
#include "fsc/latent_config.h"

namespace fsc {

struct TransformFitOptions {
  LatentTransform kind = LatentTransform::kAuto;
  int qp = 32;  // of the stream: rows that quantise to nothing are not sent, others only as finely as they matter
  // The step at a qp, against that of a layer whose deviation it goes by; > 0. Lossless planes take no notice.
  double step_scale = 1;
  bool lossless = false;     // every row counts
  bool every_row = false;    // rows are sent for directions in which the frames have nothing as well
  int expected_frames = 64;  // > 0, over which the description of the matrix is paid
};

// `frames` holds 1 or more tensors of one layer. Never fails: degenerate statistics give the identity.
ChannelTransform FitChannelTransform(std::span<const Tensor* const> frames, const TransformFitOptions& options);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_CHANNEL_TRANSFORM_FIT_H_
