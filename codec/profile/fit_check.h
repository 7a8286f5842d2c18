// fit_check.h: how much of a frame's features a profile's reduction loses, before anything is quantised; and whether an
// encoder's frames lose far more than those did that the profile was calibrated on.
//
// A profile learnt on other material drops what it never saw: no QP brings it back. The features alone show it: what
// the reducer and the restorer make of them is compared with what they are.
#ifndef FSC_CODEC_PROFILE_FIT_CHECK_H_
#define FSC_CODEC_PROFILE_FIT_CHECK_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/profile/profile.h"
#include "core/thread_pool.h"
#include "fsc/feature_frame.h"
#include "fsc/warning.h"

namespace fsc {

// Sums over cells and channels of a part's layers, all of its sources alike.
struct PartLoss {
  double squared_error = 0;
  double squares = 0;  // of the features themselves
  // See PartFit. 0 where there is neither.
  double share() const;
  void Add(const PartLoss& other);
};

// What became of the frame, by part. Both frames have the layers that the parts are for.
std::vector<PartLoss> LossOf(std::span<const ReducedPart> parts, const FeatureFrame& frame,
                             const FeatureFrame& restored);

// A profile's fit by the frames that it is judged on, one after the other.
class FitMeter {
 public:
  void Add(const std::vector<PartLoss>& frame);
  std::vector<PartFit> Fit() const;

 private:
  std::vector<PartLoss> sums_;
  std::vector<double> worst_;
};

// Looks at every eighth frame of a stream, the first one included.
class FitCheck {
 public:
  // `profile` has a fit; `layers` are the stream's, with sizes.
  FitCheck(std::shared_ptr<const Profile> profile, std::vector<LayerSpec> layers);

  // Frames in the stream's order; `reduced` is what ReduceFrame() made of the frame. `pool` may be null.
  void Look(int64_t frame_number, const FeatureFrame& frame, const FeatureFrame& reduced, ThreadPool* pool);
  // "profile-misfit", or nothing.
  Warnings warnings() const;

 private:
  std::shared_ptr<const Profile> profile_;
  std::vector<LayerSpec> layers_;
  int64_t looked_at_ = 0;
  int64_t misfits_ = 0;
  int64_t first_misfit_ = 0;
  int64_t last_misfit_ = 0;
  double worst_share_ = 0;       // of the misfit that is worst against its bound
  double worst_excess_ = 0;      // over the bound
  double calibrated_share_ = 0;  // of its part
};

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_FIT_CHECK_H_
