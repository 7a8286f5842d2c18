// window_controller.h: the controller of a bitrate: chooses qps so that windows of frames take what was promised.
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
#ifndef FSC_CODEC_RATE_WINDOW_CONTROLLER_H_
#define FSC_CODEC_RATE_WINDOW_CONTROLLER_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "codec/rate/gop.h"
#include "codec/rate/rate_controller.h"
#include "codec/rate/rate_model.h"
#include "codec/rate/still_watch.h"

namespace fsc {

class WindowController : public RateController {
 public:
  explicit WindowController(const RateOptions& options);

  // A base qp for a stream of which nothing is known but its rate.
  static int FirstQp(double bits_per_element);

  void SpendAhead(double bits) override {
    ahead_bits_ += bits;
    held_bits_ -= bits;
  }
  void KeyFrameNow(double extra_bits) override;
  void SetBitsPerFrame(double bits_per_frame) override;
  int KeyFrameQp() const override { return int(std::lround(KeyFrameBaseQp())); }
  int FirstStillQp() const override;
  int QpFor(const PlannedFrame& plan) override;
  // Frames that starve lie evenly among the others, and are never intra frames.
  bool Starves(const PlannedFrame& plan) override;
  // What the buffer holds, and with its window still met, if all that follow repeated their references; intra frames
  // take what they need of the buffer.
  double MostBits(const PlannedFrame& plan) const override;
  bool Learn(const PlannedFrame& plan, int qp, double bits) override;
  void Spend(const PlannedFrame& plan, int qp, double bits, bool starved) override;
  double held_bits() const override { return held_bits_; }

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

  RateOptions options_;
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

// As a RateControllerMaker.
std::unique_ptr<RateController> MakeWindowController(const RateOptions& options);

}  // namespace fsc

#endif  // FSC_CODEC_RATE_WINDOW_CONTROLLER_H_
