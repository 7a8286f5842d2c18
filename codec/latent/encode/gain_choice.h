// gain_choice.h: by how much a plane's prediction counts (docs/latent-mode.md, "Gain").
#ifndef FSC_CODEC_LATENT_ENCODE_GAIN_CHOICE_H_
#define FSC_CODEC_LATENT_ENCODE_GAIN_CHOICE_H_

#include "codec/latent/layer.h"

namespace fsc {

// In 1/16, 0..kGainUnit: the least-squares gain of the inter prediction, or, in intra frames, of what the true
// neighbours would predict; `last`, that of the plane before in this class of frames, unless another saves more squared
// error than saying so costs at `lambda` squared steps per bit.
int ChooseGain(const LayerFrame& frame, const BlockGrid& grid, PlaneView<const int16_t> target,
               PlaneView<const int16_t> prediction, int last, const ResidualContexts& contexts, float lambda);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_GAIN_CHOICE_H_
