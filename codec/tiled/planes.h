// planes.h: a feature frame into one picture of levels and back: quantiser and tiling in one pass over the
// samples.
#ifndef FSC_CODEC_TILED_PLANES_H_
#define FSC_CODEC_TILED_PLANES_H_

#include <span>

#include "codec/tiled/quantizer.h"
#include "fsc/feature_frame.h"
#include "tiling/tile_syntax.h"

namespace fsc {

// `quantizers`: one a layer, with ranges set. `picture` has the size of the layout's picture; every sample of it is
// written.
void QuantizeFrame(const TileSyntax& tiles, std::span<const LayerQuantizer> quantizers, const FeatureFrame& frame,
                   PlaneView<uint16_t> picture);

// The tensors of `frame` have the shapes of the layout's layers.
void DequantizeFrame(const TileSyntax& tiles, std::span<const LayerQuantizer> quantizers,
                     PlaneView<const uint16_t> picture, FeatureFrame* frame);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_PLANES_H_
