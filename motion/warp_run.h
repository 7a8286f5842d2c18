// warp_run.h: what the plain and the fast warp share inside motion/: the part of the reference that one run reads.
#ifndef FSC_MOTION_WARP_RUN_H_
#define FSC_MOTION_WARP_RUN_H_

#include <cstddef>
#include <cstdint>

#include "motion/warp.h"

namespace fsc {

// Longest run in either direction, so that its filtered rows fit on the stack.
inline constexpr int kWarpRunCells = 64;
// The fast kernel works on whole groups of this many cells, so it reads (never writes) a little more than the run.
inline constexpr int kWarpLanes = 4;

// Cells that the fast kernel reads for a run; may reach outside the plane.
struct WarpWindow {
  int x = 0, y = 0, width = 0, height = 0;
};
WarpWindow WindowOf(const WarpPlan::Run& run);

// One run by the definition, without clamping: `in` is the sample that a whole vector points at for the first cell.
// Stands in for the fast kernel where there are no vector instructions.
void WarpRunPlain(const int16_t* in, ptrdiff_t in_stride, int16_t* out, ptrdiff_t out_stride, int width, int height,
                  CellVector vector, WarpFilter filter);

}  // namespace fsc

#endif  // FSC_MOTION_WARP_RUN_H_
