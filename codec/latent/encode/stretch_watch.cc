#include "codec/latent/encode/stretch_watch.h"

#include <algorithm>
#include <cstdlib>

#include "codec/latent/transform.h"
#include "codec/qp.h"

namespace fsc {
namespace {

// bench/results/adaptation.md has the measurements.
constexpr int kFarthestOffset = 12;        // of a frame's qp, as its values are larger or smaller: a factor of 4
constexpr int kQpBeyond = 2;               // by which a frame's qp may lie beyond those that there are
constexpr double kMostLostShare = 0.5;     // of the expected error, lost because the planes do not span it
constexpr double kMostWaitingShare = 1.5;  // .. until the group ends, where frames are finer than they were fitted for
// What a cell loses, in steps, beyond which it counts. Where a group begins anyway, a fit costs its description alone.
constexpr double kWorthSteps = 1;
constexpr double kWorthStepsAtGroup = 0.6;
constexpr int64_t kShortStretch = 16;  // frames
// A change of exposure from one frame to the next spoils prediction as a cut does; but values that flicker do not.
constexpr double kJump = 4;
constexpr int64_t kSteadyFrames = 8;
// What is fitted on one frame in the middle of a fade does not suit what comes after it: another fit half a second
// later pays within two seconds. The scale has moved on since, else it was no fade.
constexpr int64_t kBriefFrames = 3;
constexpr int64_t kProvisionalFrames = 12;
constexpr int kMovedOn = 2;  // qp

constexpr double kMoves = 0.02;  // ChangeBetween() a picture that stands still and one that does not

constexpr int64_t kFirstQuiet = 16;  // frames after a fit that did not pay; twice as many every time
constexpr int64_t kLongestQuiet = 1024;
constexpr int kMovedFar = 6;           // .. but where the scale has doubled since
constexpr double kWorse = 2;           // .. or that many times as much is lost, or clipped
constexpr int64_t kSettledFrames = 8;  // a stretch of so many is no flicker, and the next may be long
constexpr double kLikelyStretchFrames = 64;

constexpr double kUnlikeLayers = 4;  // qp steps between what two layers of a frame want
constexpr double kWholeNumberSpan = 65535;

// A qp that frames cannot have, which would make up for their scale.
bool IsBeyond(int qp, int offset) {
  return (qp < -kQpBeyond && offset < 0) || (qp > kMaxQp + kQpBeyond && offset > 0);
}

// The range of both, for whole numbers.
void Widen(const FrameScan& with, FrameScan* scan) {
  for (size_t i = 0; i < scan->size(); ++i) {
    (*scan)[i].lowest = std::min((*scan)[i].lowest, with[i].lowest);
    (*scan)[i].highest = std::max((*scan)[i].highest, with[i].highest);
  }
}

}  // namespace

void StretchWatch::Begin() {
  first_.reset();
  frames_ = 0;
  qp_offset_ = 0;
}

void StretchWatch::Fitted(std::span<const FrameScan* const> scans, int base_qp, bool still) {
  fitted_qp_ = asked_qp_ = base_qp;
  tracker_ = ScaleTracker(scans);
  wants_every_row_ = false;
  quiet_frames_ = 0;
  next_quiet_ = kFirstQuiet;
  clipped_ = kept_clipped_ = 0;
  provisional_ = brief_ && scans.size() == 1;
  of_still_ = still;
}

void StretchWatch::Kept(int base_qp) {
  asked_qp_ = base_qp;
  wants_every_row_ = false;
  kept_clipped_ = clipped_;
  kept_offset_ = asked_offset_;
  kept_lost_ = lost_;
  quiet_frames_ = next_quiet_;
  next_quiet_ = std::min(2 * next_quiet_, kLongestQuiet);
}

double StretchWatch::likely_frames() const {
  return last_stretch_ >= kSettledFrames ? kLikelyStretchFrames : std::max(2.0 * double(last_stretch_), 1.0);
}

bool StretchWatch::MayEndByScale() const {
  return !flickers_ || frames_ >= kSteadyFrames || (!qp_follows_ && goes_up_ == went_up_);
}

int StretchWatch::OffsetOf(const FrameScan& scan, bool starts_group, int base_qp) {
  const int offset = tracker_.OffsetOf(scan, starts_group);
  // A handful of values says little of how large others are: the finest qps stay fine, whatever it is.
  return IsHandful(scan) ? std::min(offset, base_qp / 2) : offset;
}

bool StretchWatch::IsTooFine(int qp, const FrameScan& scan) {
  return qp < -kQpBeyond && !IsHandful(scan);
}

bool StretchWatch::Ends(const Next& next, const StreamFit& fit) {
  goes_on_ = false;
  bool ends = cuts_.Push(*next.scan) && frames_ > 0;
  repeats_ = cuts_.repeats() ? repeats_ + 1 : 0;
  bool by_scale = false;
  if (!ends && frames_ > 0) {
    const bool wanted = next.planes == nullptr ? EndsCollected(next) : EndsFitted(next, fit);
    by_scale = ends_by_scale_;
    ends = wanted && (!by_scale || MayEndByScale());
  }
  if (ends) {
    flickers_ = by_scale && frames_ < kSteadyFrames;
    went_up_ = goes_up_;
    brief_ = frames_ <= kBriefFrames;
    last_stretch_ = frames_;
    provisional_ = of_still_ = false;
    asked_offset_ = qp_offset_;
    Begin();
  }
  if (frames_++ == 0) {
    first_ = *next.scan;
  } else if (next.planes == nullptr) {
    Widen(*next.scan, &*first_);
  }
  return ends;
}

bool StretchWatch::EndsCollected(const Next& next) {
  ends_by_scale_ = false;
  if (next.lossless) {
    FrameScan both = *first_;
    Widen(*next.scan, &both);
    for (size_t i = 0; i < both.size(); ++i) {
      if (both[i].whole_numbers != (*next.scan)[i].whole_numbers) return true;
      if (both[i].whole_numbers && double{both[i].highest} - both[i].lowest > kWholeNumberSpan) return true;
    }
    return false;
  }
  ends_by_scale_ = true;
  const FrameScan* first[] = {&*first_};
  ScaleTracker tracker(first);
  const int offset = tracker.OffsetOf(*next.scan, true);
  goes_up_ = offset > 0;
  // Steps will be those of the louder ones of these frames.
  qp_follows_ = !IsBeyond(next.base_qp - std::abs(offset), -1);
  return !qp_follows_ || std::abs(offset) > kFarthestOffset || tracker.unlike() > kUnlikeLayers;
}

bool StretchWatch::IsWorse(const Next& next, const StreamFit& fit) {
  const bool too_coarse = !qp_follows_ && !goes_up_;
  if (too_coarse || double(clipped_) > kWorse * double(kept_clipped_) ||
      std::abs(qp_offset_ - kept_offset_) > kMovedFar)
    return true;
  ends_by_scale_ = false;
  lost_ = fit.LostShare(next.probes, std::clamp(next.base_qp + qp_offset_, 0, kMaxQp), kWorthSteps);
  return lost_ > kMostLostShare && lost_ > kWorse * kept_lost_;
}

bool StretchWatch::EndsFitted(const Next& next, const StreamFit& fit) {
  qp_offset_ = OffsetOf(*next.scan, next.starts_group, next.base_qp);
  ends_by_scale_ = false;
  lost_ = 0;
  if (fit.keeps_whole_numbers()) return !fit.KeepsWholeNumbersOf(next.layers);
  ends_by_scale_ = true;
  const int64_t clipped = SaturatedValues(*next.planes);
  clipped_ += clipped;
  const int qp = next.base_qp + qp_offset_;
  goes_up_ = qp_offset_ > 0;
  qp_follows_ = clipped == 0 && !IsBeyond(qp, qp_offset_);
  if (next.starts_group && !next.lossless && std::abs(next.base_qp - asked_qp_) > kFarthestOffset) {
    ends_by_scale_ = false;
    return goes_on_ = true;
  }
  if (quiet_frames_ > 0) {
    --quiet_frames_;
    return IsWorse(next, fit);
  }
  if (frames_ >= kSteadyFrames && tracker_.jump() >= kJump) return true;
  if (!qp_follows_ || std::abs(qp_offset_) > kFarthestOffset || tracker_.unlike() > kUnlikeLayers) return true;
  ends_by_scale_ = false;
  // What was fitted for a picture that stands still may not suit what moves; once.
  if (of_still_ && !next.lossless && ChangeBetween(*first_, *next.scan) > kMoves) return true;
  if (provisional_ && frames_ == kProvisionalFrames && std::abs(qp_offset_) >= kMovedOn && !next.lossless) return true;
  const double worth = next.starts_group ? kWorthStepsAtGroup : kWorthSteps;
  lost_ = fit.LostShare(next.probes, std::clamp(qp, 0, kMaxQp), worth);
  if (lost_ <= kMostLostShare) return false;
  // Where only the rate control has become finer than the fit, a key frame costs more than it gives: it can wait.
  const int fitted_qp = std::clamp(fitted_qp_ + qp_offset_, 0, kMaxQp);
  if (!next.starts_group && qp < fitted_qp && lost_ <= kMostWaitingShare &&
      fit.LostShare(next.probes, fitted_qp, worth) <= kMostLostShare) {
    return false;
  }
  wants_every_row_ = frames_ < kShortStretch;
  return true;
}

}  // namespace fsc
