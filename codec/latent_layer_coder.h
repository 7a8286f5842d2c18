// latent_layer_coder.h: one layer of one frame: modes and plane groups, to bytes and back (docs/latent-mode.md,
// "Layer").
#ifndef FSC_CODEC_LATENT_LAYER_CODER_H_
#define FSC_CODEC_LATENT_LAYER_CODER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/latent_layer.h"
#include "codec/latent_plane_encoder.h"
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

// Reads frame->modes and gives the planes. kBadInput when lengths do not fit or a part is cut short; the state is then
// unusable until the next Restart(). `analysis`, where there is one, is filled.
Result<LayerPlanes> DecodeLayer(std::span<const uint8_t> bytes, const std::string& where, LayerFrame* frame,
                                LayerState* state, ThreadPool* pool, LayerAnalysis* analysis = nullptr);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_LAYER_CODER_H_
