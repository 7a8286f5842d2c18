// encoder.h: feature frames in, a .fsc file or stream of bytes out. Streaming: memory is bounded by what the mode's
// reordering holds, and does not grow with the length of the stream.
//
//   FSC_ASSIGN_OR_RETURN(auto sink, OpenSink("clip.fsc"));
//   FSC_ASSIGN_OR_RETURN(auto encoder, FeatureEncoder::Create(config, stream, sink.get()));
//   for (const FeatureFrame& frame : frames) FSC_RETURN_IF_ERROR(encoder->Push(frame));
//   FSC_RETURN_IF_ERROR(encoder->Finish());
//   FSC_RETURN_IF_ERROR(sink->Commit());
#ifndef FSC_ENCODER_H_
#define FSC_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "fsc/byte_io.h"
#include "fsc/export.h"
#include "fsc/packet_encoder.h"

namespace fsc {

class FSC_EXPORT FeatureEncoder {
 public:
  // As PacketEncoder::Create. `sink` is borrowed and must outlive the encoder; the caller commits it after Finish().
  // kUsage for none.
  static Result<std::unique_ptr<FeatureEncoder>> Create(const EncoderConfig& config, const StreamInfo& stream,
                                                        ByteSink* sink, const Limits& limits = {});
  ~FeatureEncoder();

  // As PacketEncoder::Push; the packets are written.
  Status Push(const FeatureFrame& frame, const FrameHints& hints = {});
  Status Push(std::span<const TensorView> layers, int64_t timestamp_ticks, const FrameHints& hints = {});
  // Writes what is left and the index. kBadInput when no frame was pushed.
  Status Finish();

  // As PacketEncoder's, between frames.
  Status SetQp(int qp);
  Status SetBitrate(double bitrate_kbps);
  Status RequestKeyFrame();

  // What makes the packets, to look at.
  const PacketEncoder& packets() const;
  int64_t frames_pushed() const { return packets().frames_pushed(); }
  Warnings warnings() const { return packets().warnings(); }
  double reduce_seconds() const { return packets().reduce_seconds(); }
  uint64_t bytes_written() const;
  // The packets that the last Push() or Finish() wrote, in decoding order; good until the next call.
  std::span<const IndexEntry> written() const;

 private:
  struct State;
  explicit FeatureEncoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fsc

#endif  // FSC_ENCODER_H_
