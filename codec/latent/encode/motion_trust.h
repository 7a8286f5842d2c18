// motion_trust.h: a preset that takes the motion of the video as it is still has to find out when the video is another
// one, or late. Some frames are predicted both with and without motion; where it lost, the frames up to the next such
// one do without. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_MOTION_TRUST_H_
#define FSC_CODEC_LATENT_ENCODE_MOTION_TRUST_H_

#include <utility>

#include "codec/frame_class.h"
#include "codec/latent/picture.h"

namespace fsc {

class MotionTrust {
 public:
  // `weighs_every`: the preset weighs the motion of every frame anyway.
  MotionTrust(bool weighs_every, bool low_delay) : always_(weighs_every), every_(low_delay ? kEveryLowDelayFrame : 1) {}

  // For each frame in coding order: whether its motion is weighed against none. Of a span of B frames the first is, as
  // well as the predicted one behind them, whose reference may be too far away for any motion.
  bool Weighs(FrameClass frame_class) {
    if (always_) return true;
    if (frame_class == FrameClass::kPredicted) {
      begins_span_ = true;
      return predicted_++ % every_ == 0;
    }
    return std::exchange(begins_span_, false);
  }
  // A weighed frame took its motion, or did without.
  void Learn(bool moved) { trusted_ = always_ || moved; }
  bool trusted() const { return trusted_; }

 private:
  static constexpr int kEveryLowDelayFrame = 4;  // with B frames every predicted one: they are few

  bool always_;
  int every_;
  int predicted_ = 0;
  bool begins_span_ = false;
  bool trusted_ = true;
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_MOTION_TRUST_H_
