// encoder.h: the library's front door for writing: feature frames in, a .fsc stream out. Streaming: memory is bounded
// by what the mode's reordering holds, and does not grow with the length of the stream.
//
//   FSC_ASSIGN_OR_RETURN(auto sink, OpenSink("clip.fsc"));
//   FSC_ASSIGN_OR_RETURN(auto encoder, FeatureEncoder::Create(config, stream, sink.get()));
//   for (const FeatureFrame& frame : frames) FSC_RETURN_IF_ERROR(encoder->Push(frame));
//   FSC_RETURN_IF_ERROR(encoder->Finish());
//   FSC_RETURN_IF_ERROR(sink->Commit());
#ifndef FSC_CODEC_ENCODER_H_
#define FSC_CODEC_ENCODER_H_

#include <memory>
#include <string>

#include "codec/encoder_config.h"
#include "codec/mode.h"
#include "codec/profile/fit_check.h"
#include "core/feature_frame.h"
#include "core/limits.h"
#include "core/thread_pool.h"
#include "core/warning.h"
#include "streams/byte_io.h"
#include "streams/container_writer.h"

namespace fsc {

// What the stream is of. Becomes part of the header.
struct StreamInfo {
  std::vector<LayerSpec> layers;
  TimeBase time_base;          // of FeatureFrame::timestamp_ticks
  TimeBase frame_rate{25, 1};  // num/den frames per second, nominal or on average
  int input_width_px = 0;      // 0 = unknown, for all four
  int input_height_px = 0;
  int source_width_px = 0;
  int source_height_px = 0;
  std::string model_id;
  Sha256 model_sha256{};
};

class FeatureEncoder {
 public:
  // kUsage for an unknown mode, a setting that the mode cannot take, or a profile of another model; kBadInput for
  // layers outside `limits`.
  // `sink` is borrowed and must outlive the encoder; the caller commits it after Finish().
  static Result<std::unique_ptr<FeatureEncoder>> Create(const EncoderConfig& config, const StreamInfo& stream,
                                                        ByteSink* sink, const Limits& limits = {});
  ~FeatureEncoder();

  // Frames in display order; borrowed for the call. `luma` is the network's input as 8-bit luma (see mode.h); leave it
  // out where there is no video. kBadInput for NaN, Inf or another shape: the frame is refused, and the stream goes on
  // without it. Any other error ends the stream: later calls give kUsage. The error names the frame.
  Status Push(const FeatureFrame& frame, PlaneView<const uint8_t> luma = {});
  // Before Push: how much a squared error counts in each cell of the next frame as the mode sees it (reduced, where
  // there is a profile): of each layer a tensor of one channel, values finite and > 0, about 1 on average. It replaces
  // the profile's task map. Modes other than latent, and latent without EncoderConfig::latent.task_map, take no notice.
  // kUsage for another shape or value.
  Status Weigh(std::vector<Tensor> weights);
  // Writes what is left and the index. kBadInput when no frame was pushed.
  Status Finish();

  int64_t frames_pushed() const { return frames_pushed_; }
  uint64_t bytes_written() const;
  // What the caller should know so far; complete after Finish().
  Warnings warnings() const;
  // Time spent in the profile's reducers so far; part of what Push() took.
  double reduce_seconds() const { return reduce_s_; }

 private:
  FeatureEncoder() = default;
  Status Drain();  // writes `ready_`

  ByteSink* sink_ = nullptr;
  StreamHeader header_;
  std::shared_ptr<const Profile> profile_;  // null = none
  std::vector<LayerSpec> coded_layers_;     // what the mode sees
  std::unique_ptr<FitCheck> fit_check_;     // null = no profile, or one that does not say how well it fitted
  std::unique_ptr<ThreadPool> pool_;        // for the profile; null = one thread
  std::unique_ptr<ModeEncoder> mode_;
  std::unique_ptr<ContainerWriter> writer_;  // created with the first packet: the header needs the mode's configuration
  std::vector<Packet> ready_;
  std::vector<Tensor> weights_;  // given for the next frame
  int64_t frames_pushed_ = 0;
  double reduce_s_ = 0;
  bool closed_ = false;  // finished, or failed half-way through a frame: nothing more can be written
};

}  // namespace fsc

#endif  // FSC_CODEC_ENCODER_H_
