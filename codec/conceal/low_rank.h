// low_rank.h: lost rows such that the tensor's three unfoldings have a small nuclear norm: SiLRTC and HaLRTC (J. Liu,
// P. Musialski, P. Wonka, J. Ye, "Tensor completion for estimating missing values in visual data", IEEE TPAMI 35,
// 2013).
#ifndef FSC_CODEC_CONCEAL_LOW_RANK_H_
#define FSC_CODEC_CONCEAL_LOW_RANK_H_

#include <span>
#include <vector>

#include "fsc/arrival_map.h"
#include "fsc/feature_frame.h"

namespace fsc {

// max(s - threshold, 0) of each.
std::vector<double> Shrink(std::span<const double> singular_values, double threshold);

// A matrix of `rows` x `columns`, row after row, with its singular values shrunk. By the eigenvectors of the smaller of
// its two Gram matrices: exact to about 1e-8 of the largest singular value.
void ShrinkSingularValues(double threshold, int rows, int columns, std::vector<double>* matrix);

enum class LowRankKind { kSiLrtc, kHaLrtc };

// Starts at `tensor` as it is, its lost rows filled in somehow.
void FillLowRank(LowRankKind kind, int iterations, const ArrivalMap& arrived, Tensor* tensor);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_LOW_RANK_H_
