// rate_controller.h: who chooses how finely frames are quantised, so that a stream keeps to what its line carries. An
// encoder asks before each frame, and tells what the frame took. It knows no more of a controller than this: another
// one may follow what a network reports.
//
// The calls for one frame, in coding order:
//   QpFor, { Learn says true, QpFor }*, Starves, MostBits, Spend
// All others come between frames.
#ifndef FSC_CODEC_RATE_RATE_CONTROLLER_H_
#define FSC_CODEC_RATE_RATE_CONTROLLER_H_

#include <functional>
#include <limits>
#include <memory>

#include "codec/rate/gop.h"

namespace fsc {

// What an encoder tells a controller of its stream.
struct RateOptions {
  double bits_per_frame = 0;  // > 0; everything that is sent
  int window_frames = 1;      // over which the mean has to be met
  double elements = 1;        // of a frame, > 0
  double cap_bits = 0;        // no frame has more; 0 = no cap
  double buffer_frames = 0;   // of the receiver's buffer, in bits_per_frame; 0 = the controller's choice
  GopStructure gop;
};

class RateController {
 public:
  virtual ~RateController() = default;

  // Another rate from the next frame on.
  virtual void SetBitsPerFrame(double bits_per_frame) = 0;
  // Bits that are sent before the next frame.
  virtual void SpendAhead(double bits) = 0;
  // The next frame is a key frame that the structure has not foreseen: a group of frames begins with it, of new
  // content. `extra_bits`: what its packet carries beside the frame, as a configuration. Learn and Spend are told the
  // frame's bits without.
  virtual void KeyFrameNow(double extra_bits) = 0;
  // The qp before a frame's own offset that such a group would begin with; of a new controller, the stream.
  virtual int KeyFrameQp() const = 0;
  // .. that is likely to come of it where nothing moves: the intra frame has what all others leave.
  virtual int FirstStillQp() const { return KeyFrameQp(); }

  // For a frame, its offset included. The encoder limits it to 0..kMaxQp.
  virtual int QpFor(const PlannedFrame& plan) = 0;
  // The frame took `bits` at `qp`. True where it should be coded again with QpFor's new answer, which must not go on
  // for ever.
  virtual bool Learn(const PlannedFrame& /*plan*/, int /*qp*/, double /*bits*/) { return false; }
  // True where the frame has to repeat its references, since even the largest qp takes more than there is.
  virtual bool Starves(const PlannedFrame& /*plan*/) { return false; }
  // The most that the frame can take: the encoder makes it coarser until it fits.
  virtual double MostBits(const PlannedFrame& /*plan*/) const { return std::numeric_limits<double>::infinity(); }
  // The frame is final, with what it took at last. `starved`: it only repeats its references.
  virtual void Spend(const PlannedFrame& plan, int qp, double bits, bool starved) = 0;

  // What the receiver's buffer holds before the next frame; below 0 where a frame could not be made small enough.
  virtual double held_bits() const { return std::numeric_limits<double>::infinity(); }
};

// Makes the controller of a stream, when a bitrate is first set. Never null.
using RateControllerMaker = std::function<std::unique_ptr<RateController>(const RateOptions&)>;

}  // namespace fsc

#endif  // FSC_CODEC_RATE_RATE_CONTROLLER_H_
