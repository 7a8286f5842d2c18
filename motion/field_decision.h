// field_decision.h: turns a vector per leaf into a field that is cheap to code: for every 32 px block, in coding order,
// one difference or four, by SAD + lambda * bits against the prediction that the syntax will use. Encoder only.
#ifndef FSC_MOTION_FIELD_DECISION_H_
#define FSC_MOTION_FIELD_DECISION_H_

#include <cstdint>
#include <vector>

#include "motion/motion_search.h"
#include "motion/search_pictures.h"

namespace fsc {

struct FieldDecision {
  MotionField field;
  uint64_t cost = 0;  // SearchCost units, the affine model's own bits not counted
};

// `start`: a vector per leaf to begin from, e.g. of SearchLeaves. `kind`, `global`: the base to code against; the hint
// is options.hint. Block rows run on options.pool as a wavefront (a block waits for its upper right neighbour), with
// one result.
FieldDecision DecideField(const SearchLevel& level, const MotionGeometry& geometry,
                          const std::vector<MotionVector>& start, MotionBaseKind kind, const GlobalMotion& global,
                          const MotionSearchOptions& options);

}  // namespace fsc

#endif  // FSC_MOTION_FIELD_DECISION_H_
