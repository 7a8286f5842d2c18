// latent_rate_control.h: chooses a quantiser per frame so that the stream keeps to a bitrate. Encoder only.
//
// Model: for each frame class, bits halve every few steps of qp; the last frame of the class says where that line lies.
// Before a frame, the base qp is chosen at which the next window of frames, in the mixture that the structure has,
// would use up what the budget leaves. The budget is what was promised so far less what was spent.
#ifndef FSC_CODEC_LATENT_RATE_CONTROL_H_
#define FSC_CODEC_LATENT_RATE_CONTROL_H_

#include <array>
#include <cstdint>

#include "codec/latent_gop.h"

namespace fsc {

class RateControl {
 public:
  // `bits_per_frame` > 0; `window_frames`: over which the mean has to be met; `start_qp`: the first guess.
  RateControl(double bits_per_frame, int window_frames, int gop_frames, int span_frames, int start_qp);

  // The qp for a frame.
  int QpFor(const PlannedFrame& plan);
  // True when the frame just coded missed so far, for lack of experience, that it should be coded again with QpFor's
  // new answer. Learns from the frame either way.
  bool Learn(const PlannedFrame& plan, int qp, int64_t bits);
  // The frame is final.
  void Spend(int64_t bits);

 private:
  struct Line {
    bool known = false;
    bool final = false;    // a frame of the class was kept
    int tries = 0;         // at its first frame
    double log2_bits = 0;  // at qp
    double qp = 0;
  };
  double Predict(FrameClass frame_class, double qp) const;
  double BaseQp() const;

  double bits_per_frame_;
  int window_frames_;
  int gop_frames_;
  double base_qp_;
  int64_t spent_frames_ = 0;
  double debt_bits_ = 0;  // spent more than promised
  double carry_ = 0;      // fraction of a qp that rounding left over
  std::array<Line, kFrameClasses> lines_;
  std::array<double, kFrameClasses> share_{};   // of the frames, by class
  std::array<double, kFrameClasses> offset_{};  // typical qp offset, by class
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_RATE_CONTROL_H_
