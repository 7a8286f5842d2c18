// layer_decoder.h: one layer of one frame from its bytes (docs/latent-mode.md, "Layer").
#ifndef FSC_CODEC_LATENT_LAYER_DECODER_H_
#define FSC_CODEC_LATENT_LAYER_DECODER_H_

#include <cstdint>
#include <span>
#include <string>

#include "codec/latent/layer.h"
#include "core/thread_pool.h"

namespace fsc {

// Reads frame->modes and gives the planes. kBadInput when lengths do not fit or a part is cut short; the state is then
// unusable until the next Restart(). `analysis`, where there is one, is filled.
Result<LayerPlanes> DecodeLayer(std::span<const uint8_t> bytes, const std::string& where, LayerFrame* frame,
                                LayerState* state, ThreadPool* pool, LayerAnalysis* analysis = nullptr);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_LAYER_DECODER_H_
