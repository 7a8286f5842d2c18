// layer_encoder.h: one layer of one frame to bytes: modes, then plane groups (docs/latent-mode.md, "Layer").
#ifndef FSC_CODEC_LATENT_ENCODE_LAYER_ENCODER_H_
#define FSC_CODEC_LATENT_ENCODE_LAYER_ENCODER_H_

#include <cstdint>
#include <vector>

#include "codec/latent/encode/plane_encoder.h"
#include "codec/latent/layer.h"
#include "core/thread_pool.h"

namespace fsc {

struct EncodedLayer {
  std::vector<uint8_t> bytes;
  LayerPlanes planes;  // as the decoder will have them
  RecentreStatistics statistics;
};

// `frame` is complete, its modes included. The bytes do not depend on `pool`.
EncodedLayer EncodeLayer(const LayerFrame& frame, const LayerPlanes& target, const QuantizerOptions& options,
                         LayerState* state, ThreadPool* pool);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_LAYER_ENCODER_H_
