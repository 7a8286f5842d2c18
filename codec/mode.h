// mode.h: what every coding mode does, seen from the encoder and decoder that drive it: feature frames in, sealed
// packets out, and back. One implementation per family: tiled (tiled/encoder.h), latent (latent/encode/encoder.h)
// and float (exact/encoder.h).
#ifndef FSC_CODEC_MODE_H_
#define FSC_CODEC_MODE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/frame_analysis.h"
#include "core/feature_frame.h"
#include "core/plane.h"
#include "core/status.h"
#include "core/warning.h"
#include "streams/container_format.h"

namespace fsc {

class ModeEncoder {
 public:
  virtual ~ModeEncoder() = default;
  // Takes one checked frame in display order. `luma`: the network's input picture as 8-bit luma, for motion; its data
  // may be null where there is no video. Appends the packets that are ready, in decoding order. Borrows nothing past
  // the call.
  virtual Status Push(const FeatureFrame& frame, PlaneView<const uint8_t> luma, std::vector<Packet>* out) = 0;
  // Before Push: how much a squared error in each cell of the next frame counts, > 0, about 1 on average; of each layer
  // a tensor of one channel. Only where weighs().
  virtual void Weigh(std::vector<Tensor>) {}
  virtual bool weighs() const { return false; }
  // Appends all that is left. No Push after it.
  virtual Status Flush(std::vector<Packet>* out) = 0;
  // The mode's part of the stream header. Final once the first packet is out (or Flush has returned).
  virtual std::vector<uint8_t> mode_config() const = 0;
  // What the caller should know so far; complete after Flush().
  virtual Warnings warnings() const { return {}; }
  // Library and version behind the mode, for the stream header.
  virtual std::string description() const = 0;
};

struct DecodedFrame {
  int64_t frame_number = 0;
  FeatureFrame frame;
  std::shared_ptr<const FrameAnalysis> analysis;  // null unless asked for
};

class ModeDecoder {
 public:
  virtual ~ModeDecoder() = default;
  // Takes one packet in decoding order; appends decoded frames in display order as they become ready.
  virtual Status Push(const Packet& packet, std::vector<DecodedFrame>* out) = 0;
  virtual Status Flush(std::vector<DecodedFrame>* out) = 0;
  // Forgets everything before a jump to another random-access packet.
  virtual void Reset() = 0;
  // Takes another mode configuration than the stream header's; to be called before a random-access packet, when nothing
  // is left to flush. kBadInput where it is damaged, and in modes that have one configuration for the whole stream; the
  // old one then stays.
  virtual Status Configure(std::span<const uint8_t>) {
    return BadInput("the mode cannot change its configuration within a stream", "", "the stream is damaged");
  }
  // Asks for DecodedFrame::analysis of every frame pushed from now on. kUsage where the mode has none.
  virtual Status Analyse() { return Usage("the mode has no motion, block modes or bits per block", "", ""); }
  // Takes a decoded frame back whose memory may serve later ones; any frame will do, and none need be given.
  virtual void Recycle(FeatureFrame) {}
};

}  // namespace fsc

#endif  // FSC_CODEC_MODE_H_
