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

#include "fsc/decoded_frame.h"
#include "fsc/feature_frame.h"
#include "fsc/frame_hints.h"
#include "fsc/packet.h"
#include "fsc/status.h"
#include "fsc/warning.h"

namespace fsc {

class ModeEncoder {
 public:
  virtual ~ModeEncoder() = default;
  // Takes one checked frame in display order, with checked hints. Appends the packets that are ready, in decoding
  // order. Borrows nothing past the call.
  virtual Status Push(const FeatureFrame& frame, const FrameHints& hints, std::vector<Packet>* out) = 0;
  // Whether FrameHints::weights have any effect.
  virtual bool weighs() const { return false; }
  // Appends all that is left. No Push after it.
  virtual Status Flush(std::vector<Packet>* out) = 0;
  // Between frames, as PacketEncoder says. kUsage where the mode cannot.
  virtual Status SetQp(int qp) = 0;
  virtual Status SetBitrate(double bitrate_kbps) = 0;
  virtual Status RequestKeyFrame() = 0;
  // What the first packet brings as the mode's configuration. Final once the first packet is out (or Flush has
  // returned).
  virtual std::vector<uint8_t> mode_config() const = 0;
  // What the caller should know so far; complete after Flush().
  virtual Warnings warnings() const { return {}; }
  // Library and version behind the mode, for the stream header.
  virtual std::string description() const = 0;
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
  // Asks for DecodedFrame::analysis of every frame pushed from now on. Of no effect unless MayAnalyse() the mode.
  virtual void Analyse() {}
  // Takes a decoded frame back whose memory may serve later ones; any frame will do, and none need be given.
  virtual void Recycle(FeatureFrame) {}
};

}  // namespace fsc

#endif  // FSC_CODEC_MODE_H_
