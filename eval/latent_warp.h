// latent_warp.h: moves a latent tensor as its input picture moved: one motion for all channels, scaled to the cells,
// with the right phase.
//
// Cell u of a layer looks at input position u * stride + phase (per axis, pixel 0's centre = 0). Where the picture's
// content at input position p came from position q before, the cell at p is predicted from the cell position (q -
// phase) / stride, sampled bicubically (a = -0.75, as OpenCV's) with the edge repeated. Source: M. Ulhaq, I. V. Bajic,
// "Analysis of Latent-Space Motion for Collaborative Intelligence", ICASSP 2021; there the phase is left out.
#ifndef FSC_EVAL_LATENT_WARP_H_
#define FSC_EVAL_LATENT_WARP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "fsc/feature_frame.h"

namespace fsc {

struct WarpedLatent {
  Tensor tensor;
  // One byte per element (channel by channel): 1 where the source position lies inside the tensor, from the first to
  // the last cell's centre. The rest is invented and does not count: the mask rule of the study.
  std::vector<uint8_t> valid;
};

// Where the content at input position (x, y) came from, in input pixels.
using SourceOf = std::function<void(double x, double y, double* source_x, double* source_y)>;

WarpedLatent WarpLatent(const Tensor& previous, double stride_px, double phase_px, const SourceOf& source_of);

}  // namespace fsc

#endif  // FSC_EVAL_LATENT_WARP_H_
