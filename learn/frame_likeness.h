// frame_likeness.h: which frames say the same: a still camera, a frozen picture and a clip that comes twice are no more
// evidence than one of their frames.
#ifndef FSC_LEARN_FRAME_LIKENESS_H_
#define FSC_LEARN_FRAME_LIKENESS_H_

#include <span>
#include <vector>

#include "fsc/feature_frame.h"

namespace fsc {

// Of the variance of all frames' features, about the mean of each channel: frames whose mean squared difference is
// less than this share are one.
inline constexpr double kSameFrameShare = 1e-3;

// For each frame the number of its group, 0, 1, ..: a frame joins the first group whose first frame it is like. Frames
// of other shapes are never alike.
std::vector<int> GroupsOfLikeFrames(std::span<const FeatureFrame* const> frames);

// All values of each channel are one value, in all frames together, but for rounding.
bool AreConstant(std::span<const FeatureFrame* const> frames);

}  // namespace fsc

#endif  // FSC_LEARN_FRAME_LIKENESS_H_
