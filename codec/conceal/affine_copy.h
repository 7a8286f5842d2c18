// affine_copy.h: CALTeC: lost rows of a channel as an affine copy of the same rows of another, the one that resembles
// it best around them (A. Dhondea, R. A. Cohen, I. V. Bajic, "CALTeC: content-adaptive linear tensor completion for
// collaborative intelligence", ICIP 2021).
#ifndef FSC_CODEC_CONCEAL_AFFINE_COPY_H_
#define FSC_CODEC_CONCEAL_AFFINE_COPY_H_

#include <span>

#include "fsc/arrival_map.h"
#include "fsc/feature_frame.h"

namespace fsc {

// The neighbours are the nearest received rows of the channel above and below; where no other channel has them and the
// lost rows, rows are interpolated down the columns, and where the channel has none, they are otherwise[c].
void FillAffineCopies(const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_AFFINE_COPY_H_
