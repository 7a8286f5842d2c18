// frame_coder.h: the adaptive state of a stream, and what encoder and decoder do alike around the layers of a
// frame: motion syntax, warps, and the set-up of a LayerFrame. Part of the format.
#ifndef FSC_CODEC_LATENT_FRAME_CODER_H_
#define FSC_CODEC_LATENT_FRAME_CODER_H_

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "codec/latent/header.h"
#include "codec/latent/layer.h"
#include "motion/latent_scale.h"
#include "motion/motion_syntax.h"

namespace fsc {

// Everything that adapts. Starts anew at random-access frames.
struct LatentState {
  LatentState() = default;
  // `config` is borrowed.
  LatentState(const LatentStreamConfig& config, std::span<const LayerSpec> layers);
  void Restart(int qp);

  std::vector<LayerState> layers;
  std::array<MotionContexts, kMaxReferences> motion;  // [which reference]
};

// What the second field of a frame may start from: the first one, stretched by the ratio of the distances.
MotionHint HintFor(const LatentFrameHeader& header, int reference, std::span<const MotionField> fields);

// The warps of every layer from the fields of a frame.
class FrameMotion {
 public:
  FrameMotion() = default;
  FrameMotion(std::span<const LayerSpec> layers, std::span<const MotionField> fields, WarpFilter filter);
  std::array<const WarpPlan*, 2> plans(int layer) const;

 private:
  std::vector<std::array<WarpPlan, 2>> plans_;
  size_t fields_ = 0;
};

// `references`: pictures in the order of header.references. All borrowed.
LayerFrame MakeLayerFrame(const LatentStreamConfig& config, const LatentFrameHeader& header, int layer,
                          const FrameMotion& motion, std::span<const LatentPicture* const> references);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_FRAME_CODER_H_
