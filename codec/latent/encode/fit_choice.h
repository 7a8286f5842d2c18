// fit_choice.h: the fit (stream_fit.h) of a stretch of frames: which kind of transform each layer gets, and how large
// its description may be. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_FIT_CHOICE_H_
#define FSC_CODEC_LATENT_ENCODE_FIT_CHOICE_H_

#include <span>

#include "codec/latent/encode/effort.h"
#include "codec/latent/encode/motion_source.h"
#include "codec/latent/encode/source_frame.h"
#include "codec/latent/encode/stream_fit.h"
#include "fsc/encoder_config.h"

namespace fsc {

struct FitInput {
  const EncoderConfig* config = nullptr;
  const LatentEffort* effort = nullptr;
  std::span<const LayerSpec> layers;
  const MotionSource* motion = nullptr;
  std::span<const SourceFrame* const> frames;  // the first ones of the stretch, 1 or more, with their layers
  int qp = 32;                                 // of the first frames
  int finest_qp = 32;                          // up to which no direction is left out that counts
  bool whole = false;                          // no frame follows those that are there
  bool every_row = false;                      // StreamFitOptions
  double most_bytes = 0;  // of the configuration; where even the identity takes more, the fit is larger all the same
};

StreamFit ChooseFit(const FitInput& input, ThreadPool* pool);

// Whether the frames want `fit` rather than the present one at `present_qp`, which costs no description. `frames`: that
// it is likely to serve.
bool WantsFit(const FitInput& input, const StreamFit& present, int present_qp, const StreamFit& fit, double frames,
              ThreadPool* pool);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_FIT_CHOICE_H_
