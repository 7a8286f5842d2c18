// frame_stage.h: planned frames to packets: motion, quantiser, caps, output stages, and the pictures that later frames
// refer to. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_FRAME_STAGE_H_
#define FSC_CODEC_LATENT_ENCODE_FRAME_STAGE_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "codec/frame_class.h"
#include "codec/latent/encode/effort.h"
#include "codec/latent/encode/frame_encoder.h"
#include "codec/latent/encode/motion_source.h"
#include "codec/latent/encode/motion_trust.h"
#include "codec/latent/encode/output_control.h"
#include "codec/latent/encode/quality_watch.h"
#include "codec/latent/encode/source_frame.h"
#include "codec/latent/encode/stream_fit.h"
#include "codec/rate/gop.h"
#include "codec/rate/rate_controller.h"
#include "core/thread_pool.h"
#include "fsc/encoder_config.h"
#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

class FrameStage {
 public:
  // `motion`, `layers` and `pool`, which may be null, are borrowed. `make_rate` is called where a bitrate is set.
  FrameStage(const EncoderConfig& config, const LatentEffort& effort, std::span<const LayerSpec> layers,
             const MotionSource* motion, double frames_per_second, RateControllerMaker make_rate, ThreadPool* pool);

  // Where a stretch of frames begins, which is with an intra frame.
  enum class Beginning {
    kOfStream,
    kOfScene,  // what the rate control has learned holds no longer
    kOfGroup,  // an intra frame would have come anyway, of the same scene
  };
  // The next frame begins what `fit` (borrowed until the next call) serves. But for the stream's first one, whose
  // packet brings the first configuration anyway, its packet brings that of `fit`.
  void Begin(const StreamFit* fit, Beginning beginning);
  // The next frame begins a stretch, and the fit stays as it is. `tells`: its packet brings the configuration all the
  // same.
  void GoOn(bool tells, Beginning beginning);
  // Of frames coded from now on, a constant one.
  void SetQp(int qp);
  // Of frames from the next one on; where there was none, that begins a group.
  void SetBitrate(double bitrate_kbps);
  bool has_bitrate() const { return rate_ != nullptr; }
  // Makes a packet of the frame. `frames_to_come`: how many, this one included, there are or are likely to be.
  Status Code(const PlannedFrame& planned, SourceFrame* source, int frames_to_come, std::vector<Packet>* out);

  // The qp of the stream at this moment, before a frame's own offsets.
  int base_qp() const { return base_qp_; }
  // What a fit that begins with the next frame is likely to be used at first, and the finest qp that it has to be good
  // for.
  int BeginningQp(Beginning beginning) const;
  // .. where nothing moves at first. Only with a bitrate.
  int StillQp(Beginning beginning) const;
  int FinestQp(Beginning beginning) const;
  // Of a configuration that a packet brings.
  double MostConfigurationBytes() const;
  QualityWatch& quality() { return quality_; }
  const QualityWatch& quality() const { return quality_; }

 private:
  void TellRate(double configuration_bits, Beginning beginning);
  LatentFrameHeader HeaderOf(const PlannedFrame& plan, const SourceFrame& source, int qp) const;
  // Codes the frame again, coarser, until its payload has no more than `most_bytes` or can be no smaller, and then
  // about as fine as that leaves room for. Where the largest qp is not enough, the frame only repeats its references.
  void Coarsen(const PlannedFrame& plan, const SourceFrame& source, double most_bytes, FrameInput* input,
               EncodedFrame* frame, Packet* packet);
  // Of the payload, by the cap and the rate control.
  double MostBytes(const PlannedFrame& plan, const Packet& packet) const;
  void UpdateOutputs(const SourceFrame& source, const EncodedFrame& frame, double most_bytes, int frames_to_come,
                     Packet* packet);
  OutputInput OutputInputOf(const SourceFrame& source, const EncodedFrame& frame) const;
  void LearnRecentring(const EncodedFrame& frame);

  EncoderConfig config_;
  LatentEffort effort_;
  double frames_per_second_;
  std::span<const LayerSpec> layers_;
  const MotionSource* motion_;
  ThreadPool* pool_;
  MotionTrust trust_;
  RateControllerMaker make_rate_;
  std::unique_ptr<RateController> rate_;  // null = constant qp
  int base_qp_;

  const StreamFit* fit_ = nullptr;
  std::vector<uint8_t> configuration_;  // that the next packet has to bring
  LatentState state_;
  OutputControl outputs_;
  QualityWatch quality_;
  int coded_in_gop_ = 0;
  std::map<int64_t, std::shared_ptr<LatentPicture>> stored_;
  std::array<std::array<int8_t, 2>, kFrameClasses> recentre_{};
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_FRAME_STAGE_H_
