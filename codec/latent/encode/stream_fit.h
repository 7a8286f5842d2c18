// stream_fit.h: the configuration that a stretch of frames is coded with, fitted on its first frames, and what the
// encoder has to know to see whether it still suits those that follow. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_STREAM_FIT_H_
#define FSC_CODEC_LATENT_ENCODE_STREAM_FIT_H_

#include <cstdint>
#include <span>
#include <vector>

#include "codec/latent/channel_transform.h"
#include "codec/latent/header.h"
#include "core/thread_pool.h"
#include "fsc/encoder_config.h"
#include "fsc/feature_frame.h"

namespace fsc {

struct StreamFitOptions {
  std::vector<LatentTransform> kinds;  // of each layer; empty = as configured
  int qp = 32;
  std::vector<int> coarser;  // of each layer: the qps by which its rows are coarser than that asks for; empty = none
  bool whole = false;        // no frame follows those that are there
  bool every_row = false;    // leave no direction out, however little the frames have in it
};

class StreamFit {
 public:
  StreamFit() = default;
  // `frames`: 1 or more, of `layers`.
  StreamFit(const EncoderConfig& config, std::span<const LayerSpec> layers, const MotionGeometry& motion,
            std::span<const FeatureFrame* const> frames, const StreamFitOptions& options);

  const LatentStreamConfig& config() const { return config_; }
  // Whether a layer is not coded channel by channel.
  bool has_components() const;
  // Whether whole numbers come back as they were, as long as they fit into the planes.
  bool keeps_whole_numbers() const;
  // .. and whether those of a frame do.
  bool KeepsWholeNumbersOf(std::span<const Tensor> layers) const;
  // The configuration as the stream carries it.
  const std::vector<uint8_t>& bytes() const { return bytes_; }

  std::vector<LayerPlanes> Analyse(std::span<const Tensor> layers, ThreadPool* pool) const;
  Tensor Synthesise(int layer, const LayerPlanes& planes, ThreadPool* pool) const;

  // Squared error that no qp can take away, since the planes do not span it, in proportion to what quantising at `qp`
  // is expected to cost, of all channels or, with less weight, of one; the largest of the layers. `layers` may hold
  // some of the cells only. What a cell loses counts as far as it is more than `worth_steps` of the quantiser.
  double LostShare(std::span<const Tensor> layers, int qp, double worth_steps) const;
  // Expected squared error of a value of `layer` quantised at `qp`: of the planes' variances and the step.
  double ExpectedError(int layer, int qp) const;

 private:
  LatentStreamConfig config_;
  std::vector<uint8_t> bytes_;
  std::vector<PlaneAnalysis> analysis_;
  std::vector<PlaneSynthesis> synthesis_;
};

// The largest difference between values and what their planes give back, before any quantisation.
double LargestError(const StreamFit& fit, std::span<const LayerPlanes> planes, std::span<const Tensor> layers,
                    ThreadPool* pool);

// Values at the limits of what planes can hold.
int64_t SaturatedValues(std::span<const LayerPlanes> layers);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_STREAM_FIT_H_
