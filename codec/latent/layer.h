// layer.h: what encoder and decoder share about one layer of one frame: the state that lives from frame to
// frame, and the reconstruction of a plane from its prediction and levels. Part of the format.
#ifndef FSC_CODEC_LATENT_LAYER_H_
#define FSC_CODEC_LATENT_LAYER_H_

#include <array>
#include <vector>

#include "codec/frame_class.h"
#include "codec/latent/header.h"
#include "codec/latent/large_transform.h"
#include "codec/latent/picture.h"
#include "codec/latent/prediction.h"
#include "codec/latent/residual.h"
#include "codec/latent/transform.h"

namespace fsc {

// Adaptive state of one layer, the same on both sides; starts anew at every random-access frame.
struct LayerState {
  LayerState() = default;
  LayerState(const LatentStreamConfig::Layer& layer, const BlockGrid& block_grid);
  // At an intra frame of quantiser `qp`.
  void Restart(int qp);

  const LatentStreamConfig::Layer* config = nullptr;  // borrowed
  BlockGrid grid;
  PlaneActivity activity;
  std::vector<std::vector<ResidualContexts>> contexts;  // [group][class]
  std::array<ModeContexts, kFrameClasses> mode_contexts;
  std::array<std::vector<uint8_t>, kFrameClasses> gains;  // [class][plane]: the last gain, 1/16
};

// One layer of one frame, as far as both sides know it before the planes.
struct LayerFrame {
  const LatentFrameHeader* header = nullptr;
  Dequantizer dequantizer;
  bool lossless = false;
  ModeMap modes;
  std::array<const LayerPlanes*, 2> references = {};  // null where the frame has fewer
  std::array<const WarpPlan*, 2> plans = {};

  FrameClass frame_class() const { return header->frame_class; }
  int reference_count() const { return int(header->references.size()); }
  // Empty where the frame has fewer references.
  PlaneView<const int16_t> reference_plane(int reference, int k) const {
    return references[reference] != nullptr ? references[reference]->plane(k) : PlaneView<const int16_t>{};
  }
};

// Adds the residual of a block that has levels to `plane`, which holds its prediction; cells outside are dropped.
void AddResidual(const LayerFrame& frame, const PlaneLevels& levels, int block_x, int block_y,
                 PlaneView<int16_t> plane);
// The same for a unit of more than one block, not lossless.
void AddUnitResidual(const LayerFrame& frame, const PlaneLevels& levels, int block_x, int block_y, int unit_blocks,
                     PlaneView<int16_t> plane);
// Writes the prediction of the intra blocks of a unit, one after the other, each from the cells as they stand.
void PredictUnit(const LayerFrame& frame, int block_x, int block_y, int unit_blocks, int intra_gain,
                 PlaneView<int16_t> plane);
// Writes the prediction of an intra block from the cells decoded so far.
void WriteIntraPrediction(BlockMode mode, int gain, int block_x, int block_y, PlaneView<int16_t> plane);
// Turns the prediction in `plane` into the decoded plane: every block in raster order.
void ReconstructPlane(const LayerFrame& frame, const PlaneLevels& levels, int intra_gain, PlaneView<int16_t> plane);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_LAYER_H_
