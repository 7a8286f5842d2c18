#include "codec/latent/encode/stretch_watch.h"

#include <algorithm>
#include <cstdlib>

#include "codec/latent/transform.h"

namespace fsc {
namespace {

// bench/results/adaptation.md has the measurements.
constexpr int kFarthestOffset = 12;     // of a frame's qp, as its values are larger or smaller: a factor of 4
constexpr int kQpBeyond = 2;            // by which a frame's qp may miss the largest one
constexpr double kMostLostShare = 0.5;  // of the expected error, lost because the planes do not span it
constexpr int64_t kShortStretch = 16;   // frames
// A change of exposure from one frame to the next spoils prediction as a cut does; but values that flicker do not.
constexpr double kJump = 4;
constexpr int64_t kSteadyFrames = 8;

bool ScaleDiffers(const FrameScan& a, const FrameScan& b) {
  const FrameScan* fitted[] = {&a};
  return std::abs(ScaleTracker(fitted).OffsetOf(b, true)) > kFarthestOffset;
}

}  // namespace

void StretchWatch::Begin() {
  first_.reset();
  frames_ = 0;
  qp_offset_ = 0;
}

void StretchWatch::Fitted(std::span<const FrameScan* const> scans) {
  tracker_ = ScaleTracker(scans);
  wants_every_row_ = false;
}

bool StretchWatch::Ends(const Next& next, const StreamFit& fit) {
  bool ends = cuts_.Push(*next.scan) && frames_ > 0;
  if (!ends && frames_ > 0) {
    ends = next.planes == nullptr ? ScaleDiffers(*first_, *next.scan) : EndsFitted(next, fit);
  }
  if (ends) Begin();
  if (frames_++ == 0) first_ = *next.scan;
  return ends;
}

bool StretchWatch::EndsFitted(const Next& next, const StreamFit& fit) {
  qp_offset_ = tracker_.OffsetOf(*next.scan, next.starts_group);
  const int qp = next.base_qp + qp_offset_;
  if (frames_ >= kSteadyFrames && tracker_.jump() >= kJump) return true;
  if (std::abs(qp_offset_) > kFarthestOffset || (qp < 0 && qp_offset_ < 0)) return true;
  if (qp > kMaxQp + kQpBeyond && qp_offset_ > 0) return true;
  if (fit.keeps_whole_numbers()) return !fit.KeepsWholeNumbersOf(next.layers);
  if (SaturatedValues(*next.planes) > 0) return true;
  if (fit.LostShare(next.probes, std::min(qp, kMaxQp)) <= kMostLostShare) return false;
  wants_every_row_ = frames_ < kShortStretch;
  return true;
}

}  // namespace fsc
