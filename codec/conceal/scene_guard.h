// scene_guard.h: whether the last tensor says anything of this one.
#ifndef FSC_CODEC_CONCEAL_SCENE_GUARD_H_
#define FSC_CODEC_CONCEAL_SCENE_GUARD_H_

#include "fsc/arrival_map.h"
#include "fsc/feature_frame.h"

namespace fsc {

enum class SceneChange {
  kNone,
  kWeak,  // the last tensor predicts little: it is left out of the prediction
  kCut,   // .. and nothing: what was learnt is of another scene
};

// rho = sum of (x - moved)^2 / var_c over the sum of (x - mean_c)^2 / var_c, both over what arrived; means and
// variances are those of the last tensor's channels. 0 where nothing arrived that varies.
double UnpredictedShare(const Tensor& tensor, const ArrivalMap& arrived, const Tensor& previous, const Tensor& moved);
SceneChange SceneChangeOf(double unpredicted_share);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_SCENE_GUARD_H_
