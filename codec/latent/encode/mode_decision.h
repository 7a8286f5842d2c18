// mode_decision.h: the encoder's choice of a prediction mode for every block of a layer, weighing all planes
// together.
#ifndef FSC_CODEC_LATENT_ENCODE_MODE_DECISION_H_
#define FSC_CODEC_LATENT_ENCODE_MODE_DECISION_H_

#include "codec/latent/layer.h"
#include "core/thread_pool.h"

namespace fsc {

struct ModeDecisionOptions {
  int planes = 32;       // the busiest planes that are asked
  float lambda = 0.12f;  // squared steps per bit
  bool intra_in_inter = true;
  bool wants_cost = true;          // of the frame, to compare it with; else only the modes matter
  std::span<const float> weights;  // of squared error, of each block; empty = 1. Borrowed
  bool directions = true;          // planar too
};

// Sets frame->modes; everything else in `frame` is complete. Returns the estimated cost, in squared steps. The result
// does not depend on `pool`.
float DecideModes(const LayerPlanes& target, const LayerState& state, const ModeDecisionOptions& options,
                  ThreadPool* pool, LayerFrame* frame);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_MODE_DECISION_H_
