// output_control.h: which output stages (latent/output.h) go with a frame: tables where they pay, and none that hurts.
// Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_OUTPUT_CONTROL_H_
#define FSC_CODEC_LATENT_ENCODE_OUTPUT_CONTROL_H_

#include <optional>
#include <span>
#include <vector>

#include "codec/latent/encode/frame_scan.h"
#include "codec/latent/encode/output_fit.h"
#include "codec/latent/encode/quality_watch.h"
#include "codec/latent/encode/stream_fit.h"

namespace fsc {

// A frame that was coded, as the choice of output stages sees it. All borrowed.
struct OutputInput {
  const StreamFit* fit = nullptr;
  const std::vector<LayerPlanes>* decoded = nullptr;
  const std::vector<Tensor>* originals = nullptr;  // null = tables are not fitted on this frame
  const FrameScan* scan = nullptr;
  const std::vector<Tensor>* probes = nullptr;  // ProbesOf() the frame as it was
  int qp = 0;
  int frames = 1;  // that the stages will serve
};

class OutputControl {
 public:
  OutputControl() = default;
  OutputControl(const LatentStreamConfig& config, float lambda);

  // At an intra frame: the decoder forgets all stages.
  void BeginGroup();
  // What to send with the frame, one per layer; empty = nothing.
  std::vector<std::optional<OutputStage>> Choose(const OutputInput& input, ThreadPool* pool);
  // The stages that the decoder will have after `sent`.
  void Sent(const std::vector<std::optional<OutputStage>>& sent);
  // The least that has to be sent where what Choose() gave is too large: nothing, or empty stages.
  std::vector<std::optional<OutputStage>> Least(const std::vector<std::optional<OutputStage>>& chosen,
                                                const OutputInput& input) const;

  // What a decoder makes of the frame with the stages that are in force now.
  std::vector<ProbedError> Errors(const OutputInput& input) const;

 private:
  // The bound cuts off values of the frame by more than quantising costs anyway.
  bool CutsOff(int layer, const OutputStage& stage, const OutputInput& input) const;
  // Tables of other frames make this one worse.
  bool Hurts(int layer, const OutputStage& stage, const OutputInput& input) const;

  std::vector<OutputFit> fits_;
  std::vector<OutputStage> stages_;  // in force at the decoder
  std::vector<float> lows_;          // smallest value of each layer so far; kNoLow where a bound was wrong before
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_OUTPUT_CONTROL_H_
