// field_from_pictures.h: from prepared pictures to a field, shared by the sources of motion. Encoder only.
#ifndef FSC_MOTION_FIELD_FROM_PICTURES_H_
#define FSC_MOTION_FIELD_FROM_PICTURES_H_

#include <vector>

#include "motion/motion_search.h"
#include "motion/search_pictures.h"

namespace fsc {

// kUsage for a range, lambda or hint outside what MotionSearchOptions says.
Status CheckSearchOptions(const MotionSearchOptions& options);

// Leaf search, base choice, decision. `levels` of SearchLevels().
MotionField SearchField(const std::vector<SearchLevel>& levels, const MotionGeometry& geometry,
                        const MotionSearchOptions& options);

// Base choice and decision from vectors that come from elsewhere.
MotionField DecideBestBase(const SearchLevel& pictures, const MotionGeometry& geometry,
                           const std::vector<MotionVector>& start, const MotionSearchOptions& options);

}  // namespace fsc

#endif  // FSC_MOTION_FIELD_FROM_PICTURES_H_
