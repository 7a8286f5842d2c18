// start_states.h: where the models of ResidualContexts start at a random-access frame: learnt once, offline.
// Part of the format.
#ifndef FSC_CODEC_LATENT_START_STATES_H_
#define FSC_CODEC_LATENT_START_STATES_H_

#include <cstdint>

#include "codec/frame_class.h"
#include "codec/latent/picture.h"

namespace fsc {

struct StartState {
  uint16_t one_probability;  // 1/65536
  uint8_t seen;              // BitModel
};

// Models of ResidualContexts, in the order of its members.
inline constexpr int kResidualModels = 1603;
extern const StartState kStartStates[kFrameClasses][kResidualModels];

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_START_STATES_H_
