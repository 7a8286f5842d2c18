// decoder.h: decodes what exact/encoder.h writes.
#ifndef FSC_CODEC_EXACT_DECODER_H_
#define FSC_CODEC_EXACT_DECODER_H_

#include <memory>

#include "codec/mode.h"
#include "fsc/packet.h"

namespace fsc {

// kBadInput when the header's configuration is damaged or newer.
Result<std::unique_ptr<ModeDecoder>> CreateExactDecoder(const StreamHeader& header);

}  // namespace fsc

#endif  // FSC_CODEC_EXACT_DECODER_H_
