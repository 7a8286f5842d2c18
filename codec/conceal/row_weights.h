// row_weights.h: ALTeC: a lost row as a sum of the same row of all other channels and of the channel's own rows above
// and below, with weights learnt beforehand (L. Bragilevsky, I. V. Bajic, "Tensor completion methods for collaborative
// intelligence", IEEE Access 8, 2020).
#ifndef FSC_CODEC_CONCEAL_ROW_WEIGHTS_H_
#define FSC_CODEC_CONCEAL_ROW_WEIGHTS_H_

#include <span>
#include <vector>

#include "codec/conceal/moments.h"
#include "fsc/arrival_map.h"
#include "fsc/feature_frame.h"

namespace fsc {

// [C][C + 2] as in CompletionStatistics: least squares, from the moments of cells with their neighbours.
std::vector<float> RowWeightsOf(const Moments& cross, int channels);

// What is lost is interpolated down the columns first, and the weights see that in the place of lost values.
void FillByRowWeights(std::span<const float> weights, const ArrivalMap& arrived, std::span<const float> otherwise,
                      Tensor* tensor);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_ROW_WEIGHTS_H_
