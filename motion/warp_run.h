// warp_run.h: what the plain and the fast warp share inside motion/: the part of the reference that one run reads.
#ifndef FSC_MOTION_WARP_RUN_H_
#define FSC_MOTION_WARP_RUN_H_

#include "motion/warp.h"

namespace fsc {

// Longest run in either direction, so that its filtered rows fit on the stack.
inline constexpr int kWarpRunCells = 64;
// The fast warp works in strips of 8 or 16 columns and, for what is left, tiles of 4 x 4 cells.
inline constexpr int kTileCells = 4;
inline constexpr int kStripCells = 8;
// What a tile reads, from two left of and two above its first cell: vectors of eight samples start at 0, 2 and 4.
inline constexpr int kTileWindowWidth = 12;
inline constexpr int kTileWindowHeight = kTileCells + kWarpTaps - 1;
// Room for what a whole run reads.
inline constexpr int kRunWindowStride = kWarpRunCells + 8;
inline constexpr int kRunWindowHeight = kWarpRunCells + kWarpTaps - 1;

// Cells of the reference; may reach outside the plane.
struct WarpWindow {
  int x = 0, y = 0, width = 0, height = 0;
};
// What the strips read for a run.
WarpWindow WindowOf(const WarpPlan::Run& run);

}  // namespace fsc

#endif  // FSC_MOTION_WARP_RUN_H_
