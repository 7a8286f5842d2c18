// packet_encoder.h: feature frames in, packets out, with no file behind: for live lines and containers of other kinds.
// FeatureEncoder (fsc/encoder.h) is this with a .fsc file behind it.
//
//   FSC_ASSIGN_OR_RETURN(auto encoder, PacketEncoder::Create(config, stream));
//   Send(encoder->header());                                   // complete before the first frame
//   std::vector<Packet> packets;
//   for (const FeatureFrame& frame : frames) FSC_RETURN_IF_ERROR(encoder->Push(frame, {}, &packets));
//   FSC_RETURN_IF_ERROR(encoder->Flush(&packets));             // what is left
//   for (const Packet& packet : packets) Send(packet);         // in decoding order; as soon as they come
//
// What the mode learns from frames (its configuration) travels in the first packet, and in those random-access packets
// from which another one holds.
// One thread at a time may use an encoder.
#ifndef FSC_PACKET_ENCODER_H_
#define FSC_PACKET_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fsc/encoder_config.h"
#include "fsc/export.h"
#include "fsc/feature_frame.h"
#include "fsc/frame_hints.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/status.h"
#include "fsc/stream_info.h"
#include "fsc/tensor_view.h"
#include "fsc/warning.h"

namespace fsc {

class FSC_EXPORT PacketEncoder {
 public:
  // kUsage for an unknown mode, a setting that the mode cannot take, or a profile of another model; kBadInput for
  // layers outside `limits`.
  static Result<std::unique_ptr<PacketEncoder>> Create(const EncoderConfig& config, const StreamInfo& stream,
                                                       const Limits& limits = {});
  ~PacketEncoder();

  // The stream's header, from the beginning.
  const StreamHeader& header() const;
  // What the mode codes: the reduced layers where there is a profile, else the header's.
  const std::vector<LayerSpec>& coded_layers() const;

  // One frame, in display order, borrowed for the call; appends the packets that are ready, in decoding order.
  // kBadInput for NaN, Inf, another shape or a time stamp out of range, kUsage for hints of another shape: the frame is
  // refused, and the stream goes on without it. An error of the mode itself ends the stream: later calls give kUsage,
  // "the stream is closed". The error names the frame.
  Status Push(const FeatureFrame& frame, const FrameHints& hints, std::vector<Packet>* out);
  // The same of borrowed tensors, one a layer: without a copy where a view is float32 in C order.
  Status Push(std::span<const TensorView> layers, int64_t timestamp_ticks, const FrameHints& hints,
              std::vector<Packet>* out);
  // Appends all that is left. kBadInput when no frame was pushed. Nothing can be pushed after it.
  Status Flush(std::vector<Packet>* out);

  // Between frames. What they change holds from a frame on that is not coded yet: the next one in low delay, at most a
  // group of B frames later otherwise.
  //
  // Codes with a constant `qp` from now on, 0..63 or what the mode takes, instead of a bitrate too. kUsage outside.
  Status SetQp(int qp);
  // Keeps to `bitrate_kbps` (> 0) from now on. kUsage in modes that have no bitrate.
  Status SetBitrate(double bitrate_kbps);
  // The next frame begins a group, and its packet brings the configuration: whoever has the header can start there.
  Status RequestKeyFrame();

  int64_t frames_pushed() const;
  // What the caller should know so far; complete after Flush().
  Warnings warnings() const;
  // Time spent in the profile's reducers so far; part of what Push() took.
  double reduce_seconds() const;

 private:
  struct State;
  explicit PacketEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fsc

#endif  // FSC_PACKET_ENCODER_H_
