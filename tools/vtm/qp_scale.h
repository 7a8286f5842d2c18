// qp_scale.h: VTM's QP on the latent mode's scale.
//
// VTM's QP is a step in samples, 2^((QP - 4) / 6) at 8 bits; the latent mode's goes by the deviation of the values
// (docs/latent-mode.md). Both double the step every 6, so they differ by a number that the pictures say.
#ifndef FSC_TOOLS_VTM_QP_SCALE_H_
#define FSC_TOOLS_VTM_QP_SCALE_H_

#include "fsc/feature_frame.h"

namespace fsc::tools {

// The latent mode's QP, 0..63, that has about the error of VTM's kind of codec at `vtm_qp`. `first`: the first frame
// that is coded, its values being samples of `bits` bits.
int LatentQpOf(int vtm_qp, int bits, const FeatureFrame& first);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VTM_QP_SCALE_H_
