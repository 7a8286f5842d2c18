// effort.h: what a preset and the settings of the latent mode come to.
#ifndef FSC_CODEC_LATENT_ENCODE_EFFORT_H_
#define FSC_CODEC_LATENT_ENCODE_EFFORT_H_

#include "codec/latent/encode/mode_decision.h"
#include "codec/latent/encode/quantizer.h"
#include "codec/rate/gop.h"
#include "fsc/encoder_config.h"
#include "fsc/status.h"

namespace fsc {

struct LatentEffort {
  GopStructure gop = {1, 8, 1};  // spans of 8; LatentEffortOf() sets the intra period
  bool weigh_motion = true;      // of every frame, against no motion and against one reference
  ModeDecisionOptions modes;
  QuantizerOptions quantizer;
};

// kUsage where a setting is out of its range, or two of them contradict each other.
Result<LatentEffort> LatentEffortOf(const EncoderConfig& config, TimeBase frame_rate);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_EFFORT_H_
