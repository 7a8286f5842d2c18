// rate_model.h: how many bits a frame will take at a quantiser, learned from the frames coded before. Encoder
// only.
//
// Measured on four networks: with y = log2(bits per element), dy/dqp = -(0.2 - 0.055 y), so the slope is .15 where
// a frame takes a bit per element and .5 where it takes a hundredth. Hence y(qp) = 3.6 + (y0 - 3.6) exp(0.055 f (qp -
// qp0)) through the last frame of the same place in the structure; f, near 1, is learned from frames coded twice.
#ifndef FSC_CODEC_RATE_RATE_MODEL_H_
#define FSC_CODEC_RATE_RATE_MODEL_H_

#include <cstdint>
#include <map>

#include "codec/frame_class.h"
#include "codec/rate/gop.h"

namespace fsc {

// A place in the structure of frames: what behaves alike.
struct RateSlot {
  FrameClass frame_class = FrameClass::kIntra;
  int qp_offset = 0;

  auto operator<=>(const RateSlot&) const = default;
};

class RateModel {
 public:
  // `elements`: of a frame, > 0.
  explicit RateModel(double elements) : elements_(elements) {}

  // Bits of a frame of `slot` at `qp`, > 0. Where no such frame was seen: from those that were, else typical ones.
  double Bits(const RateSlot& slot, double qp) const;
  bool Knows(const RateSlot& slot) const { return lines_.contains(slot); }
  // A frame of `slot` took `bits` at `qp`. `again`: it is the frame that was learned last, coded another time.
  void Learn(const RateSlot& slot, int qp, double bits, bool again);
  // All that was learned of frames is void; how their bits fall with qp is not.
  void Forget();
  // What was learned of frames that are not intra becomes what `before` knows.
  void ForgetSince(const RateModel& before);

  // Bits of a packet of which nothing is left but its frame.
  static constexpr double kEmptyPacketBits = 8 * 30;

 private:
  struct Line {
    double height = 0;  // log2(bits per element) ..
    double qp = 0;      // .. at this qp
  };
  double Moved(double height, double qp_steps) const;
  double Height(const RateSlot& slot, double qp) const;

  double elements_;
  double bend_ = 1;  // f above
  std::map<RateSlot, Line> lines_;
  Line last_;                        // the frame learned last
  std::map<RateSlot, Line> before_;  // lines_ before it
};

}  // namespace fsc

#endif  // FSC_CODEC_RATE_RATE_MODEL_H_
