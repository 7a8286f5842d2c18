// block_search.h: a vector for every 16 px leaf, each for itself: a pyramid of diamond searches. Encoder only.
#ifndef FSC_MOTION_BLOCK_SEARCH_H_
#define FSC_MOTION_BLOCK_SEARCH_H_

#include <span>
#include <vector>

#include "motion/motion_search.h"
#include "motion/search_pictures.h"

namespace fsc {

// Row-major, leaves_x() * leaves_y() of level 0. `predictors`: fields of the same leaf grid that are tried first (may
// be empty). A row depends on the level above it and its own left part only, so rows run on any number of threads with
// one result.
std::vector<MotionVector> SearchLeaves(const std::vector<SearchLevel>& levels,
                                       std::span<const std::vector<MotionVector>> predictors,
                                       const MotionSearchOptions& options);

}  // namespace fsc

#endif  // FSC_MOTION_BLOCK_SEARCH_H_
