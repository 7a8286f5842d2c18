// rate_control.h: chooses a quantiser per frame so that the stream keeps to a bitrate. Encoder only.
//
// Frames are counted in the order in which they are coded, in windows that follow one another without overlap. Each
// window has a budget: the promised bits, give or take a little, so that windows with more intra frames than others
// need not be as much coarser. Before a frame, the base qp is chosen at which the rest of its window, planned frame by
// frame (GopPlanner) and weighed by what such frames took before (RateModel), would use up what is left. A frame is
// coded again only where the rest of the window could not make up for it, and there is an account of how often. Where
// even the largest qp takes more than there is, some frames only repeat their references.
#ifndef FSC_CODEC_LATENT_ENCODE_RATE_CONTROL_H_
#define FSC_CODEC_LATENT_ENCODE_RATE_CONTROL_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "codec/latent/encode/gop.h"
#include "codec/latent/encode/rate_model.h"

namespace fsc {

class RateControl {
 public:
  struct Options {
    double bits_per_frame = 0;  // > 0; everything that is sent
    int window_frames = 1;      // over which the mean has to be met; 8 to 600 are used
    double elements = 1;        // of a frame, > 0
    double cap_bits = 0;        // no frame has more; 0 = no cap
    GopStructure gop;
  };
  explicit RateControl(const Options& options);

  // A base qp for a stream of which nothing is known but its rate.
  static int FirstQp(double bits_per_element);

  // Bits that are sent before the next frame: the first windows pay for them.
  void SpendAhead(double bits) { ahead_bits_ += bits; }
  // The next frame begins a group of pictures that was not planned, and brings so many bits beside the frame.
  void KeyFrameNow(double extra_bits);
  // The qp for a frame.
  int QpFor(const PlannedFrame& plan);
  // After Learn: true when the frame has to repeat its references, because it and the rest of the window at the largest
  // qp would take more than is left. Such frames lie evenly among the others, and are never intra frames.
  bool Starves(const PlannedFrame& plan);
  // The most that the frame can take with its window still met, if all that follow repeated their references; intra
  // frames take what they need.
  double MostBits(const PlannedFrame& plan) const;
  // True when the frame just coded should be coded again with QpFor's new answer. Learns from the frame either way.
  bool Learn(const PlannedFrame& plan, int qp, double bits);
  // The frame is final.
  void Spend(double bits);

  // Frames coded more than once so far, counting each time.
  int64_t repeats() const { return repeats_; }

 private:
  using Mixture = std::map<RateSlot, int64_t>;  // frames of each slot
  Mixture MixtureOf(int64_t first, int64_t count) const;
  double Predict(const RateSlot& slot, double base_qp) const;
  double Predict(const Mixture& mixture, double base_qp) const;
  // Of the intra frames alone, at the largest qp.
  double LeastIntra(const Mixture& mixture) const;
  double Capped(double bits) const { return options_.cap_bits > 0 ? std::min(bits, options_.cap_bits) : bits; }
  double FairBits() const { return double(options_.window_frames) * options_.bits_per_frame; }  // of a window
  // Of the frame being coded, from what it took at other qps, where it was coded before.
  double PredictPresent(const RateSlot& slot, double qp) const;
  // The base qp at which the rest of the window, from the present frame of `slot` on, uses up what is left.
  double SolveWindow(const RateSlot& slot) const;
  // The base qp at which a mixture uses up `bits`.
  double Solve(const Mixture& mixture, double bits) const;
  void BeginWindow();
  void PlanAhead(int64_t frames);
  void CodeAgain(int qp, double base_qp);

  Options options_;
  RateModel model_;
  GopPlanner planner_;
  int64_t planned_frames_ = 0;
  std::deque<RateSlot> upcoming_;  // in coding order; the first is the next to be coded

  int64_t window_left_ = 0;    // frames of the present window
  double left_bits_ = 0;       // of its budget
  double kept_back_bits_ = 0;  // by which it is less than a fair share
  double promised_bits_ = 0;
  double spent_bits_ = 0;
  double ahead_bits_ = 0;

  double base_qp_ = 0;
  bool started_ = false;
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
