// transform_choice.h: what coding frames with one transform or another really takes. Estimates from variances do not
// see sparse channels, which cost next to nothing as they are and much once they are mixed. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_TRANSFORM_CHOICE_H_
#define FSC_CODEC_LATENT_ENCODE_TRANSFORM_CHOICE_H_

#include <memory>
#include <span>
#include <vector>

#include "codec/latent/encode/effort.h"
#include "codec/latent/encode/motion_source.h"
#include "codec/latent/encode/stream_fit.h"

namespace fsc {

struct TransformTrial {
  std::span<const LayerSpec> layers;
  const LatentEffort* effort = nullptr;
  const MotionSource* motion = nullptr;
  // The first frame that the fit is for, and a later one (null = there is none yet). Borrowed.
  const FeatureFrame* first = nullptr;
  const FeatureFrame* later = nullptr;
  std::shared_ptr<const MotionLuma> first_luma;  // null without a video
  std::shared_ptr<const MotionLuma> later_luma;
  int qp = 32;
  double frames = 64;  // that the fit will serve, > 0
};

// What a layer takes, per frame.
struct TrialCost {
  double squares = 0;           // error, in squared steps of the trial's qp
  double bits = 0;              // of coded samples
  double description_bits = 0;  // of its part of the configuration, shared by the frames that it serves

  double all_bits() const { return bits + description_bits; }
  double At(double squares_per_bit) const { return squares + squares_per_bit * all_bits(); }
};
// Of each layer, coded with `fit` at a qp that may be another than the trial's.
std::vector<TrialCost> TrialCosts(const TransformTrial& trial, const StreamFit& fit, int qp, ThreadPool* pool);

// Whether frames are coded so much better with another fit that its description pays: by what coding them with each
// takes, over `trial.frames` frames. `present_qp`: of the present fit, whose steps may be others.
bool PaysForItself(const TransformTrial& trial, const StreamFit& present, int present_qp, const StreamFit& other,
                   ThreadPool* pool);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_TRANSFORM_CHOICE_H_
