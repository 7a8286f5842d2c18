#include "motion/warp.h"

#include <algorithm>
#include <cstring>

#include "motion/warp_run.h"

namespace fsc {
namespace {

// Windowed sinc, sinc(x) sinc(x / 3), at x = position - phase / 32, rounded so that every row sums to 64 and
// taps[32 - p][k] = taps[p][5 - k].
constexpr WarpTaps kSixTap = {{
    // clang-format off
    {0, 0, 64, 0, 0, 0},
    {0, -2, 64, 2, 0, 0},
    {1, -3, 63, 4, -1, 0},
    {1, -4, 63, 6, -2, 0},
    {1, -5, 62, 8, -2, 0},
    {2, -6, 61, 10, -3, 0},
    {2, -7, 60, 12, -3, 0},
    {2, -8, 59, 15, -4, 0},
    {2, -9, 57, 17, -4, 1},
    {2, -9, 55, 20, -5, 1},
    {2, -9, 53, 23, -6, 1},
    {2, -9, 51, 25, -6, 1},
    {2, -9, 49, 28, -7, 1},
    {2, -10, 47, 31, -7, 1},
    {2, -9, 44, 34, -8, 1},
    {2, -9, 42, 36, -8, 1},
    {2, -9, 39, 39, -9, 2},
    {1, -8, 36, 42, -9, 2},
    {1, -8, 34, 44, -9, 2},
    {1, -7, 31, 47, -10, 2},
    {1, -7, 28, 49, -9, 2},
    {1, -6, 25, 51, -9, 2},
    {1, -6, 23, 53, -9, 2},
    {1, -5, 20, 55, -9, 2},
    {1, -4, 17, 57, -9, 2},
    {0, -4, 15, 59, -8, 2},
    {0, -3, 12, 60, -7, 2},
    {0, -3, 10, 61, -6, 2},
    {0, -2, 8, 62, -5, 1},
    {0, -2, 6, 63, -4, 1},
    {0, -1, 4, 63, -3, 1},
    {0, 0, 2, 64, -2, 0},
    // clang-format on
}};

constexpr WarpTaps kBilinear = [] {
  WarpTaps taps{};
  for (int phase = 0; phase < kWarpPhases; ++phase) {
    taps[phase][2] = int16_t(64 - 2 * phase);
    taps[phase][3] = int16_t(2 * phase);
  }
  return taps;
}();

int16_t Saturate(int32_t value) {
  return int16_t(std::clamp(value, INT16_MIN, INT16_MAX));
}

int16_t Filter(const std::array<int16_t, kWarpTaps>& taps, const std::array<int16_t, kWarpTaps>& samples) {
  int32_t sum = 1 << (kWarpTapShift - 1);
  for (int k = 0; k < kWarpTaps; ++k) sum += int32_t{taps[k]} * samples[k];
  return Saturate(sum >> kWarpTapShift);
}

bool Inside(const WarpWindow& window, int width, int height) {
  return window.x >= 0 && window.y >= 0 && window.x + window.width <= width && window.y + window.height <= height;
}

}  // namespace

const WarpTaps& TapsOf(WarpFilter filter) {
  return filter == WarpFilter::kSixTap ? kSixTap : kBilinear;
}

WarpPlan::WarpPlan(const Plane<CellVector>& vectors, WarpFilter filter)
    : width_cells_(vectors.width()), height_cells_(vectors.height()), filter_(filter) {
  std::vector<size_t> open;  // runs that end in the row above, left to right
  std::vector<size_t> next;
  for (int y = 0; y < height_cells_; ++y) {
    const CellVector* row = vectors.row(y);
    next.clear();
    size_t above = 0;
    for (int x = 0; x < width_cells_;) {
      int end = x + 1;
      while (end < width_cells_ && end - x < kWarpRunCells && row[end] == row[x]) ++end;
      while (above < open.size() && runs_[open[above]].x < x) ++above;
      size_t index = runs_.size();
      if (above < open.size()) {
        const Run& run = runs_[open[above]];
        if (run.x == x && run.width == end - x && run.vector == row[x] && run.height < kWarpRunCells)
          index = open[above];
      }
      if (index == runs_.size()) runs_.push_back({x, y, end - x, 0, row[x], false});
      ++runs_[index].height;
      next.push_back(index);
      identity_ = identity_ && row[x] == CellVector{};
      x = end;
    }
    open.swap(next);
  }
  for (Run& run : runs_) {
    run.inside = Inside(WindowOf(run), width_cells_, height_cells_);
    if ((run.vector.dx & 31) != 0 || (run.vector.dy & 31) != 0) AddTiles(run);
  }
}

void WarpPlan::AddTiles(const Run& run) {
  for (int y = run.y; y < run.y + run.height; y += kTileCells) {
    for (int x = run.x + run.width / kStripCells * kStripCells; x < run.x + run.width; x += kTileCells) {
      Tile tile;
      tile.x = x;
      tile.y = y;
      tile.width = std::min(kTileCells, run.x + run.width - x);
      tile.height = std::min(kTileCells, run.y + run.height - y);
      tile.window_x = x + (run.vector.dx >> 5) - 2;
      tile.window_y = y + (run.vector.dy >> 5) - 2;
      tile.phase_x = uint8_t(run.vector.dx & 31);
      tile.phase_y = uint8_t(run.vector.dy & 31);
      tile.inside =
          Inside({tile.window_x, tile.window_y, kTileWindowWidth, kTileWindowHeight}, width_cells_, height_cells_);
      tiles_.push_back(tile);
    }
  }
}

WarpWindow WindowOf(const WarpPlan::Run& run) {
  const bool whole_x = (run.vector.dx & 31) == 0;
  const bool whole_y = (run.vector.dy & 31) == 0;
  WarpWindow window;
  window.x = run.x + (run.vector.dx >> 5) - (whole_x ? 0 : 2);
  window.y = run.y + (run.vector.dy >> 5) - (whole_y ? 0 : 2);
  window.width = run.width + (whole_x ? 0 : kWarpTaps - 1);
  window.height = run.height + (whole_y ? 0 : kWarpTaps - 1);
  return window;
}

namespace {

// Output (x, y) of a run, where `at(x, y)` is the reference sample at a whole position.
template <class At>
int16_t Sample(const WarpTaps& taps, CellVector vector, int x, int y, const At& at) {
  const int fx = vector.dx & 31;
  const int fy = vector.dy & 31;
  const auto across = [&](int row) {
    if (fx == 0) return at(x, row);
    std::array<int16_t, kWarpTaps> samples;
    for (int k = 0; k < kWarpTaps; ++k) samples[k] = taps[fx][k] == 0 ? int16_t{0} : at(x + k - 2, row);
    return Filter(taps[fx], samples);
  };
  if (fy == 0) return across(y);
  std::array<int16_t, kWarpTaps> column;
  for (int k = 0; k < kWarpTaps; ++k) column[k] = taps[fy][k] == 0 ? int16_t{0} : across(y + k - 2);
  return Filter(taps[fy], column);
}

}  // namespace

void WarpPlanePlain(const WarpPlan& plan, PlaneView<const int16_t> reference, PlaneView<int16_t> out) {
  const auto at = [&](int x, int y) {
    return reference.row(std::clamp(y, 0, reference.height - 1))[std::clamp(x, 0, reference.width - 1)];
  };
  for (const WarpPlan::Run& run : plan.runs()) {
    for (int y = run.y; y < run.y + run.height; ++y) {
      for (int x = run.x; x < run.x + run.width; ++x) {
        out.row(y)[x] =
            Sample(TapsOf(plan.filter()), run.vector, x + (run.vector.dx >> 5), y + (run.vector.dy >> 5), at);
      }
    }
  }
}

void AverageRowPlain(std::span<const int16_t> a, std::span<const int16_t> b, std::span<int16_t> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = int16_t((a[i] + b[i] + 1) >> 1);
}

}  // namespace fsc
