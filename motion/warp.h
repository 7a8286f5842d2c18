// warp.h: predicts a plane from a reference plane by per-cell vectors of 1/32 cell. Integer; part of the format
// (docs/latent-motion.md).
//
// The sample at (x + dx / 32, y + dy / 32): integer parts dx >> 5, dy >> 5, fractions fx = dx & 31, fy = dy & 31. First
// along rows: h = (sum_k tap[fx][k] * ref[..] + 32) >> 6, saturated to int16; then the same along columns on the h.
// Positions outside the plane are clamped to its edge. A fraction of 0 leaves the sample as it is, so whole vectors
// copy. Taps sum to 64.
#ifndef FSC_MOTION_WARP_H_
#define FSC_MOTION_WARP_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "fsc/plane.h"
#include "motion/latent_scale.h"

namespace fsc {

enum class WarpFilter : uint8_t {
  kSixTap = 0,    // Lanczos, three lobes, at positions -2..3
  kBilinear = 1,  // positions 0..1
};

inline constexpr int kWarpTaps = 6;
inline constexpr int kWarpPhases = 32;
inline constexpr int kWarpTapShift = 6;
using WarpTaps = std::array<std::array<int16_t, kWarpTaps>, kWarpPhases>;
// taps[phase][k] weighs the sample at position k - 2.
const WarpTaps& TapsOf(WarpFilter filter);

// Rectangles of cells with one vector, made once per layer and reference and used for all of its planes.
class WarpPlan {
 public:
  struct Run {
    int x = 0, y = 0, width = 0, height = 0;  // cells
    CellVector vector;
    bool inside = false;  // everything that is read lies in the plane
  };
  // What the fast warp does by itself: at most 4 x 4 cells at the right of a run, those that fill no strip of eight
  // columns.
  struct Tile {
    int x = 0, y = 0, width = 0, height = 0;  // cells that are written
    int window_x = 0, window_y = 0;           // first cell of the reference that is read
    uint8_t phase_x = 0, phase_y = 0;
    bool inside = false;
  };

  WarpPlan() = default;
  // Cells with the same vector are joined along rows, then down columns.
  WarpPlan(const Plane<CellVector>& vectors, WarpFilter filter);

  int width_cells() const { return width_cells_; }
  int height_cells() const { return height_cells_; }
  WarpFilter filter() const { return filter_; }
  const std::vector<Run>& runs() const { return runs_; }
  const std::vector<Tile>& tiles() const { return tiles_; }
  // All vectors are zero: the prediction is the reference itself.
  bool identity() const { return identity_; }

 private:
  void AddTiles(const Run& run);

  int width_cells_ = 0;
  int height_cells_ = 0;
  WarpFilter filter_ = WarpFilter::kSixTap;
  bool identity_ = true;
  std::vector<Run> runs_;
  std::vector<Tile> tiles_;
};

// Both planes have the plan's size and do not overlap. The two give the same result to the bit; WarpPlane is the fast
// one.
void WarpPlane(const WarpPlan& plan, PlaneView<const int16_t> reference, PlaneView<int16_t> out);
void WarpPlanePlain(const WarpPlan& plan, PlaneView<const int16_t> reference, PlaneView<int16_t> out);

// Bi-prediction: out = (a + b + 1) >> 1, over `out.size()` samples. `out` may be `a` or `b`.
void AverageRow(std::span<const int16_t> a, std::span<const int16_t> b, std::span<int16_t> out);
void AverageRowPlain(std::span<const int16_t> a, std::span<const int16_t> b, std::span<int16_t> out);

}  // namespace fsc

#endif  // FSC_MOTION_WARP_H_
