// rate_control.h: chooses a quantiser per frame so that the stream keeps to a bitrate. Encoder only.
//
// The receiver's buffer is the limit (a leaky bucket, as in the HRD of H.264 and HEVC at a variable rate): it is full
// at first, every frame empties it by its bits and then fills it by bits_per_frame, up to its size. No frame takes more
// than it holds; what comes in while it is full is lost.
//
// Frames are counted in the order in which they are coded, in windows that follow one another without overlap. Each
// window has a budget: the promised bits, give or take a little, so that windows with more intra frames than others
// need not be as much coarser. Before a frame, the base qp is chosen at which the rest of its window, planned frame by
// frame (GopPlanner) and weighed by what such frames took before (RateModel), would use up what is left. A frame is
// coded again only where the rest of the window could not make up for it, and there is an account of how often. Where
// even the largest qp takes more than there is, some frames only repeat their references.
//
// While the clip stands still (StillWatch), the base qp is what the intra frames can have, and predicted frames refine
// where that is much. What still frames take is not learned. Where something moves again, and where a key frame is
// inserted, a new window begins, and the frame is coded again if it takes much more than its share.
#ifndef FSC_CODEC_LATENT_ENCODE_RATE_CONTROL_H_
#define FSC_CODEC_LATENT_ENCODE_RATE_CONTROL_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "codec/latent/encode/gop.h"
#include "codec/latent/encode/rate_model.h"
#include "codec/latent/encode/still_watch.h"

namespace fsc {

class RateControl {
 public:
  struct Options {
    double bits_per_frame = 0;  // > 0; everything that is sent
    int window_frames = 1;      // over which the mean has to be met; 8 to 600 are used
    double elements = 1;        // of a frame, > 0
    double cap_bits = 0;        // no frame has more; 0 = no cap
    double buffer_frames = 0;   // size of the buffer in bits_per_frame, at least 1; 0 = as a window
    GopStructure gop;
  };
  explicit RateControl(const Options& options);

  // A base qp for a stream of which nothing is known but its rate.
  static int FirstQp(double bits_per_element);

  // Bits that are sent before the next frame: the first windows pay for them.
  void SpendAhead(double bits) { ahead_bits_ += bits; }
  // The next frame is a key frame that the structure has not foreseen: a group of frames begins with it. Its content is
  // new, so nothing of what was learned holds. `extra_bits`: what its packet carries beside the frame, as a
  // configuration; the first windows pay for it. Learn and Spend are told the frame's bits without.
  void KeyFrameNow(double extra_bits);
  // Another rate from the next frame on. The buffer keeps its length in seconds and how full it is; what was overdrawn
  // is forgotten, and a window begins.
  void SetBitsPerFrame(double bits_per_frame);
  // The base qp that such a group of frames would begin with.
  int KeyFrameQp() const { return int(std::lround(KeyFrameBaseQp())); }
  // The base qp that is likely to come of it where nothing moves: the intra frame has what all others leave.
  int FirstStillQp() const;
  // The qp for a frame.
  int QpFor(const PlannedFrame& plan);
  // After Learn: true when the frame has to repeat its references, because it and the rest of the window at the largest
  // qp would take more than is left. Such frames lie evenly among the others, and are never intra frames.
  bool Starves(const PlannedFrame& plan);
  // The most that the frame can take: what the buffer holds, and with its window still met, if all that follow repeated
  // their references; intra frames take what they need of the buffer.
  double MostBits(const PlannedFrame& plan) const;
  // True when the frame just coded should be coded again with QpFor's new answer. Learns from the frame either way.
  bool Learn(const PlannedFrame& plan, int qp, double bits);
  // The frame is final, with what it took at last. `starved`: it only repeats its references.
  void Spend(const PlannedFrame& plan, int qp, double bits, bool starved = false);

  // What the buffer holds before the next frame; below 0 where a frame could not be made small enough.
  double held_bits() const { return held_bits_; }

  // Frames coded more than once so far, counting each time.
  int64_t repeats() const { return repeats_; }

 private:
  // A copy is refined by no fewer qp: they do not pay.
  static constexpr int kLeastRefinement = 3;
  static constexpr int kSoftEnd = 8;

  using Mixture = std::map<RateSlot, int64_t>;  // frames of each slot
  Mixture MixtureOf(int64_t first, int64_t count) const;
  double KeyFrameBaseQp() const;
  double Predict(const RateSlot& slot, double base_qp) const;
  double Predict(const Mixture& mixture, double base_qp) const;
  // Of the intra frames alone, at the largest qp.
  double LeastIntra(const Mixture& mixture) const;
  double Capped(double bits) const { return options_.cap_bits > 0 ? std::min(bits, options_.cap_bits) : bits; }
  // Frames to plan for, and bits for them: the rest of the window. Windows that began early end softly, with as much of
  // what follows: there, the buffer is the limit.
  int64_t PlannedFrames() const { return restarted_ ? std::max<int64_t>(window_left_, kSoftEnd) : window_left_; }
  double PlannedBits() const { return left_bits_ + double(PlannedFrames() - window_left_) * options_.bits_per_frame; }
  double FairBits() const { return double(options_.window_frames) * options_.bits_per_frame; }  // of a window
  // Of the frame being coded, from what it took at other qps, where it was coded before.
  double PredictPresent(const RateSlot& slot, double qp) const;
  // What a copy takes more at `qp` whose reference shows `shown_qp`.
  double Refinement(double qp, int shown_qp) const;
  // True where the frame took no more than a copy of its references takes.
  bool Copies(const RateSlot& slot, int qp, double bits) const;
  // True where the frame, finer than its references, took no more than a copy of them refined may.
  bool MayRefine(int qp, double bits) const;
  // By how much the window and the buffer are overdrawn at most, if all frames from the present one on have `base_qp`.
  double Overdraft(const RateSlot& slot, double base_qp) const;
  // The base qp at which the rest of the window, from the present frame of `slot` on, uses up what is left.
  double SolveWindow(const RateSlot& slot) const;
  // The same where the clip stands still.
  int StillQp(const PlannedFrame& plan);
  // True where a frame that is a copy should be coded again, finer.
  bool RefinesCopy(const PlannedFrame& plan);
  // The base qp at which a mixture uses up `bits`.
  double Solve(const Mixture& mixture, double bits) const;
  void BeginWindow();
  // Something moves after a still part, or all is new: the rest of the window is no longer what it was planned for.
  void RestartWindow(double most_repaid);
  void BeginWindowWith(double bits);
  void Wake();
  void PlanAhead(int64_t frames);
  void CodeAgain(int qp, double base_qp);

  Options options_;
  RateModel model_;
  GopPlanner planner_;
  int64_t planned_frames_ = 0;
  std::deque<RateSlot> upcoming_;  // in coding order; the first is the next to be coded

  int64_t window_left_ = 0;    // frames of the present window
  bool restarted_ = false;     // it began early
  double left_bits_ = 0;       // of its budget
  double kept_back_bits_ = 0;  // by which it is less than a fair share
  double debt_bits_ = 0;       // spent more than promised so far; what the buffer lost is forgotten
  double ahead_bits_ = 0;
  double buffer_bits_ = 0;  // size
  double held_bits_ = 0;

  StillWatch watch_;
  RateModel awake_model_;     // as it was before the frames that may be still ones
  double awake_base_qp_ = 0;  // .. and the last base qp
  double copy_bits_ = RateModel::kEmptyPacketBits;
  RateSlot intra_slot_;          // of the last intra frame
  int reference_qp_ = 0;         // shown by the references of the present frame
  bool present_copies_ = false;  // the present frame does, as coded last

  double base_qp_ = 0;
  bool started_ = false;
  bool restart_ = false;         // a window has to begin with the next frame
  double carry_ = 0;             // fraction of a qp that rounding left over
  double starved_ = 0;           // fraction of a frame that has to be starved
  double account_ = 0;           // times that frames may be coded again
  std::map<int, double> tried_;  // the present frame: bits at each qp that it was coded with
  std::optional<int> next_qp_;   // .. and what it is coded with now
  bool settled_ = false;         // .. for the last time
  int64_t repeats_ = 0;
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_RATE_CONTROL_H_
