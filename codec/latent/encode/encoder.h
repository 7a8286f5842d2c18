// encoder.h: the encoder of the latent mode (docs/latent-mode.md): one motion field for all channels, prediction
// and residual coding in the transformed planes.
#ifndef FSC_CODEC_LATENT_ENCODE_ENCODER_H_
#define FSC_CODEC_LATENT_ENCODE_ENCODER_H_

#include <memory>
#include <span>

#include "codec/mode.h"
#include "codec/rate/rate_controller.h"
#include "codec/rate/window_controller.h"
#include "fsc/encoder_config.h"
#include "fsc/feature_frame.h"
#include "fsc/limits.h"

namespace fsc {

// kUsage for a preset or setting that the mode does not have. `frame_rate` is num / den frames per second (for
// bitrate_kbps, which a controller of `make_rate` keeps to). The frames pushed must fit `layers`. Packets are complete
// but for timestamp_ticks, which is the pushed frame's.
Result<std::unique_ptr<ModeEncoder>> CreateLatentEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                         TimeBase frame_rate, const Limits& limits,
                                                         RateControllerMaker make_rate = MakeWindowController);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_ENCODER_H_
