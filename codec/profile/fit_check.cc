#include "codec/profile/fit_check.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <utility>

#include "codec/profile/half.h"
#include "codec/profile/transform.h"

namespace fsc {
namespace {

constexpr int64_t kEveryFrames = 8;
// What the worst frame of the calibration lost. Other clips of a network lost up to 1.5 times as much, black frames
// as much, another network's features 300 times.
constexpr double kMostTimes = 2.5;
constexpr double kLeastShare = 0.02;  // less than this is no misfit, whatever the calibration lost

std::string PercentText(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", 100 * share);
  return text;
}

}  // namespace

double PartLoss::share() const {
  if (squared_error <= 0) return 0;
  return squares > 0 ? std::min(squared_error / squares, double{kMostLostShare}) : double{kMostLostShare};
}

void PartLoss::Add(const PartLoss& other) {
  squared_error += other.squared_error;
  squares += other.squares;
}

std::vector<PartLoss> LossOf(std::span<const ReducedPart> parts, const FeatureFrame& frame,
                             const FeatureFrame& restored) {
  std::vector<PartLoss> losses;
  for (const ReducedPart& part : parts) {
    PartLoss& loss = losses.emplace_back();
    for (const ReducedPart::Source& source : part.sources) {
      const std::span<const float> a = frame.layers[size_t(source.layer)].values();
      const std::span<const float> b = restored.layers[size_t(source.layer)].values();
      for (size_t i = 0; i < a.size(); ++i) {
        const double error = double{a[i]} - b[i];
        loss.squared_error += error * error;
        loss.squares += double{a[i]} * a[i];
      }
    }
  }
  return losses;
}

void FitMeter::Add(const std::vector<PartLoss>& frame) {
  sums_.resize(frame.size());
  worst_.resize(frame.size());
  for (size_t p = 0; p < frame.size(); ++p) {
    sums_[p].Add(frame[p]);
    worst_[p] = std::max(worst_[p], frame[p].share());
  }
}

std::vector<PartFit> FitMeter::Fit() const {
  std::vector<PartFit> fit;
  for (size_t p = 0; p < sums_.size(); ++p) {
    const float share = float(sums_[p].share());
    fit.push_back({share, std::max(share, float(worst_[p]))});
  }
  return fit;
}

FitCheck::FitCheck(std::shared_ptr<const Profile> profile, std::vector<LayerSpec> layers)
    : profile_(std::move(profile)), layers_(std::move(layers)) {}

void FitCheck::Look(int64_t frame_number, const FeatureFrame& frame, const FeatureFrame& reduced, ThreadPool* pool) {
  if (frame_number % kEveryFrames != 0) return;
  ++looked_at_;
  const FeatureFrame restored = RestoreFrame(profile_->parts, layers_, reduced, pool);
  const std::vector<PartLoss> losses = LossOf(profile_->parts, frame, restored);
  bool misfit = false;
  for (size_t p = 0; p < losses.size(); ++p) {
    const PartFit& fit = profile_->fit[p];
    const double bound = std::max(kLeastShare, kMostTimes * fit.worst_lost_share);
    const double excess = losses[p].share() / bound;
    if (!(excess > 1)) continue;
    misfit = true;
    if (excess <= worst_excess_) continue;
    worst_excess_ = excess;
    worst_share_ = losses[p].share();
    calibrated_share_ = fit.lost_share;
  }
  if (!misfit) return;
  if (misfits_++ == 0) first_misfit_ = frame_number;
  last_misfit_ = frame_number;
}

Warnings FitCheck::warnings() const {
  Warnings warnings;
  if (misfits_ == 0) return warnings;
  const std::string frames = first_misfit_ == last_misfit_
                                 ? "frame " + std::to_string(first_misfit_)
                                 : "frames " + std::to_string(first_misfit_) + ".." + std::to_string(last_misfit_);
  warnings.Add({.kind = "profile-misfit",
                .what = "the profile does not fit: without any quantisation it loses up to " +
                        PercentText(worst_share_) + " of the features' energy, " + PercentText(calibrated_share_) +
                        " where it was calibrated",
                .where = frames + ", " + std::to_string(misfits_) + " of " + std::to_string(looked_at_) + " looked at",
                .advice = "calibrate on material like this, or leave the profile out",
                .count = misfits_});
  return warnings;
}

}  // namespace fsc
