// mode_registry.h: the mode behind a name.
#ifndef FSC_CODEC_MODE_REGISTRY_H_
#define FSC_CODEC_MODE_REGISTRY_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/mode.h"
#include "fsc/encoder_config.h"
#include "fsc/limits.h"
#include "fsc/packet.h"

namespace fsc {

// kUsage for an unknown mode or a setting that the mode cannot take.
Result<std::unique_ptr<ModeEncoder>> CreateModeEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                       TimeBase time_base, TimeBase frame_rate, const Limits& limits);

// kBadInput for a damaged configuration, or a mode that this build does not have.
Result<std::unique_ptr<ModeDecoder>> CreateModeDecoder(const StreamHeader& header, const Limits& limits, int threads);

// kBadInput for a mode that this build does not have.
Status CheckMode(const std::string& mode);

// Whether decoders of the mode have a DecodedFrame::analysis.
bool MayAnalyse(const std::string& mode);

// Whether packets of the mode may bring another mode configuration (ModeDecoder::Configure).
bool MayReconfigure(const std::string& mode);

}  // namespace fsc

#endif  // FSC_CODEC_MODE_REGISTRY_H_
