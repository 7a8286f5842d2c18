// encoder.h: mode "float": every tensor to the bit, whatever its values. Each frame stands alone: a packet of it is a
// random-access point and leaves before the next frame comes.
//
// A packet has one section of coded samples a layer, in the order of the layers: its values, codec/float_syntax.h. The
// configuration of the mode: u8 version (1). Documented in docs/float-mode.md.
#ifndef FSC_CODEC_EXACT_ENCODER_H_
#define FSC_CODEC_EXACT_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>

#include "codec/mode.h"
#include "fsc/encoder_config.h"

namespace fsc {

inline constexpr char kExactMode[] = "float";
inline constexpr uint8_t kExactVersion = 1;

// kUsage for a preset. QP, intra period and low delay mean nothing to it.
Result<std::unique_ptr<ModeEncoder>> CreateExactEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers);

}  // namespace fsc

#endif  // FSC_CODEC_EXACT_ENCODER_H_
