// decoder.h: decodes what tiled/encoder.h writes.
#ifndef FSC_CODEC_TILED_DECODER_H_
#define FSC_CODEC_TILED_DECODER_H_

#include <memory>

#include "codec/mode.h"
#include "fsc/limits.h"
#include "fsc/packet.h"

namespace fsc {

// kBadInput when the header's configuration is damaged or outside `limits`.
Result<std::unique_ptr<ModeDecoder>> CreateTiledDecoder(const StreamHeader& header, const Limits& limits, int threads);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_DECODER_H_
