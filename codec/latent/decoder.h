// decoder.h: the decoder of the latent mode. Integers only, up to the planes; specified in docs/latent-mode.md.
#ifndef FSC_CODEC_LATENT_DECODER_H_
#define FSC_CODEC_LATENT_DECODER_H_

#include <memory>

#include "codec/mode.h"
#include "fsc/limits.h"
#include "fsc/packet.h"

namespace fsc {

// kBadInput when header.mode_config is damaged or does not fit header.layers. The result does not depend on `threads`
// (>= 1).
Result<std::unique_ptr<ModeDecoder>> CreateLatentDecoder(const StreamHeader& header, const Limits& limits, int threads);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_DECODER_H_
