// still_watch.h: notices that a clip stands still, and knows how fine what it shows is. Encoder only.
//
// A copy of a frame costs next to nothing where it is quantised no finer than the frame it repeats, and the difference
// of two intra frames where it is. So what such frames take says nothing about frames that move, and their quality is
// made by few frames: the intra frame, and now and then a predicted one that refines it.
#ifndef FSC_CODEC_RATE_STILL_WATCH_H_
#define FSC_CODEC_RATE_STILL_WATCH_H_

#include <algorithm>
#include <cstdint>
#include <map>

#include "codec/qp.h"
#include "codec/rate/gop.h"

namespace fsc {

class StillWatch {
 public:
  explicit StillWatch(const GopStructure& gop) : least_run_(std::clamp(gop.span_frames - 1, 3, 7)) {}

  // The last few predicted frames were copies; B frames may be for other reasons, but hardly all of a span.
  bool still() const { return run_ >= least_run_; }
  // .. or the last one may have been the first of them.
  bool begins() const { return run_ == 0; }
  // The finest qp that the references of `plan` show; above kMaxQp where it has none.
  int ReferenceQp(const PlannedFrame& plan) const {
    int finest = kMaxQp + 1;
    for (const int64_t reference : plan.references) {
      const auto known = shown_qp_.find(reference);
      if (known != shown_qp_.end()) finest = std::min(finest, known->second);
    }
    return finest;
  }
  // The finest qp that a frame shows on which those to come may rest.
  int ShownQp() const {
    int finest = kMaxQp + 1;
    for (const auto& [number, qp] : shown_qp_) finest = std::min(finest, qp);
    return finest;
  }
  // A frame was coded for the last time. `copies`: it took no more than a copy takes, or is known to be one, refined,
  // by its source or by how it was coded first;
  // `may_refine`: it is finer than its references, and took no more than a copy refined may, so it says nothing.
  void Add(const PlannedFrame& plan, int qp, bool copies, bool may_refine) {
    const bool intra = plan.frame_class == FrameClass::kIntra;
    const int shown = copies ? std::min(qp, ReferenceQp(plan)) : qp;
    if (intra) {
      shown_qp_.clear();
    } else if (copies) {
      ++run_;
    } else if (!may_refine) {
      run_ = 0;
    }
    for (const int64_t dropped : plan.dropped) shown_qp_.erase(dropped);
    if (plan.is_reference) shown_qp_[plan.frame_number] = shown;
  }
  // Something moves.
  void Wake() { run_ = 0; }

 private:
  std::map<int64_t, int> shown_qp_;  // of stored frames, by number
  int least_run_;
  int run_ = 0;  // predicted frames one after another that were copies
};

}  // namespace fsc

#endif  // FSC_CODEC_RATE_STILL_WATCH_H_
