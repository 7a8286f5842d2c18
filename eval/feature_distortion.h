// feature_distortion.h: how far decoded features are from the originals, layer by layer, frame by frame.
//
// With a = original, p = decoded, per layer (research: Ulhaq and Bajic, "Analysis of Latent-Space Motion for
// Collaborative Intelligence", ICASSP 2021, for the NRMSE):
//   MSE    mean of (p - a)^2 over all elements of all frames
//   PSNR   10 log10(R^2 / MSE), R = max - min of a over all frames; decimal logarithm
//   SNR    10 log10(var / MSE), var = variance of a about its mean over all elements of all frames
//   NRMSE  mean over frames of (1/R_t) sqrt(MSE_t), R_t = max - min of a in that frame (all elements of the tensor)
// Equal tensors give MSE 0, NRMSE 0 and infinite PSNR and SNR. A constant original has R = 0: its NRMSE is 0 when the
// decoded tensor equals it and infinite otherwise.
#ifndef FSC_EVAL_FEATURE_DISTORTION_H_
#define FSC_EVAL_FEATURE_DISTORTION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

struct FeatureDistortion {
  double mse = 0;
  double psnr_db = 0;
  double snr_db = 0;
  double nrmse = 0;
};

// Sums over one layer, or over anything else that comes as pairs of float arrays. Frames come one by one; nothing is
// kept.
class DistortionSum {
 public:
  // One frame. Same length; `mask`, when not empty, has one byte per element and only elements with a non-zero byte
  // count in the MSE (the range R_t is still that of the whole original).
  void Add(std::span<const float> original, std::span<const float> decoded, std::span<const uint8_t> mask = {});

  int64_t elements() const { return elements_; }
  FeatureDistortion Summary() const;
  // NRMSE of the last frame given to Add.
  double last_nrmse() const { return last_nrmse_; }

 private:
  int64_t elements_ = 0;  // that count in the MSE
  int64_t frames_ = 0;
  double squared_error_ = 0;
  double nrmse_sum_ = 0;
  double last_nrmse_ = 0;
  // Of the original: Welford's running mean and sum of squared deviations, and its range.
  int64_t count_ = 0;
  double mean_ = 0;
  double deviations_ = 0;
  float low_ = 0;
  float high_ = 0;
};

// One DistortionSum a layer.
class FrameDistortion {
 public:
  explicit FrameDistortion(size_t layers) : layers_(layers) {}

  // kBadInput when the shapes differ.
  Status Add(const FeatureFrame& original, const FeatureFrame& decoded);
  FeatureDistortion layer(size_t index) const { return layers_[index].Summary(); }
  size_t layers() const { return layers_.size(); }
  // The mean over layers, each with the weight of its elements; PSNR and SNR from the weighted means of MSE / R^2 and
  // MSE / var.
  FeatureDistortion AllLayers() const;
  // The same for the last frame's NRMSE alone.
  double LastNrmse() const;

 private:
  std::vector<DistortionSum> layers_;
};

}  // namespace fsc

#endif  // FSC_EVAL_FEATURE_DISTORTION_H_
