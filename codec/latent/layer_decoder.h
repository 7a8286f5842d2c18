// layer_decoder.h: one layer of one frame from its bytes (docs/latent-mode.md, "Layer").
#ifndef FSC_CODEC_LATENT_LAYER_DECODER_H_
#define FSC_CODEC_LATENT_LAYER_DECODER_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/latent/layer.h"
#include "core/thread_pool.h"

namespace fsc {

// Decodes one layer of frame after frame. What it keeps between frames is memory.
class LayerDecoder {
 public:
  LayerDecoder() = default;
  // `state` is borrowed; its configuration and grid must stay as they are.
  explicit LayerDecoder(LayerState* state);

  // Reads frame->modes, cuts frame->plans down to these and fills `planes`, which has the layer's size. kBadInput when
  // lengths do not fit or a part is cut short; the state is then unusable until the next Restart(), and the planes are
  // unspecified. `analysis`, where there is one, is filled.
  Status Decode(std::span<const uint8_t> bytes, const std::string& where, LayerFrame* frame, ThreadPool* pool,
                LayerPlanes* planes, LayerAnalysis* analysis = nullptr);

 private:
  // What the planes of a group are decoded with.
  struct Group {
    explicit Group(const BlockGrid& grid) : map(grid), levels(grid) {}
    InterPredictor predictor;
    BlockMap map;
    PlaneLevels levels;
  };

  // Leaves of frame->plans what the blocks need that move with each reference.
  void KeepNeededWarps(LayerFrame* frame);
  // False where the bytes are cut short.
  bool DecodeGroup(int group, std::span<const uint8_t> bytes, const LayerFrame& frame, BitMeter* meter,
                   LayerPlanes* planes);

  LayerState* state_ = nullptr;
  std::vector<Group> groups_;
  std::array<WarpPlan, 2> plans_;  // of the frame being decoded
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_LAYER_DECODER_H_
