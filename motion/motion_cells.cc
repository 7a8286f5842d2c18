#include "motion/motion_cells.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "motion/cell_pictures.h"
#include "motion/field_from_pictures.h"

namespace fsc {
namespace {

constexpr int kLevels = 3;
constexpr int kSmallestLevelCells = 6;
constexpr int kCellPx16 = 16 * 8;  // of a cell of unit 1

int64_t ActivityOf(PlaneView<const int16_t> plane) {
  int64_t sum = 0;
  for (int y = 0; y + 1 < plane.height; ++y)
    sum += RowActivity(plane.row(y), plane.row(y + 1), size_t(plane.width) - 1);
  return sum;
}

// The most active planes first.
std::vector<size_t> BusiestPlanes(std::span<const PlaneView<const int16_t>> planes) {
  std::vector<std::pair<int64_t, size_t>> by_activity;
  for (size_t i = 0; i < planes.size(); ++i) by_activity.emplace_back(-ActivityOf(planes[i]), i);
  std::sort(by_activity.begin(), by_activity.end());
  by_activity.resize(std::min(by_activity.size(), size_t{kCellPlanes}));
  std::vector<size_t> busiest;
  for (const auto& [activity, i] : by_activity) busiest.push_back(i);
  return busiest;
}

// The mean of every 2 x 2 cells; odd edges repeated.
Plane<int16_t> Half(PlaneView<const int16_t> plane) {
  Plane<int16_t> half((plane.width + 1) / 2, (plane.height + 1) / 2);
  for (int y = 0; y < half.height(); ++y) {
    const int16_t* upper = plane.row(2 * y);
    const int16_t* lower = plane.row(std::min(2 * y + 1, plane.height - 1));
    int16_t* to = half.row(y);
    const int whole = plane.width / 2;
    for (int x = 0; x < whole; ++x) {
      to[x] = int16_t((upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1] + 2) >> 2);
    }
    if (whole < half.width()) to[whole] = int16_t((upper[2 * whole] + lower[2 * whole] + 1) >> 1);
  }
  return half;
}

std::vector<PlaneView<const int16_t>> ViewsOf(const std::vector<Plane<int16_t>>& planes) {
  std::vector<PlaneView<const int16_t>> views;
  for (const Plane<int16_t>& plane : planes) views.push_back(plane.view());
  return views;
}

std::vector<Plane<int16_t>> Halves(std::span<const PlaneView<const int16_t>> planes) {
  std::vector<Plane<int16_t>> halves;
  for (const PlaneView<const int16_t>& plane : planes) halves.push_back(Half(plane));
  return halves;
}

int LeavesOf(int cells) {
  return (cells + kLeafCells - 1) / kLeafCells;
}

}  // namespace

bool HasCellLeaves(const LayerSpec& layer) {
  const int unit_px = VirtualMotionGeometry(layer).unit_px;
  const int first_px16 = layer.phase_px16 + 8;
  return layer.stride_px == 8 * unit_px && first_px16 >= 0 && first_px16 < kCellPx16 * unit_px;
}

Result<MotionField> EstimateMotionFromCells(std::span<const PlaneView<const int16_t>> current,
                                            std::span<const PlaneView<const int16_t>> reference, const LayerSpec& layer,
                                            const MotionSearchOptions& options) {
  FSC_RETURN_IF_ERROR(CheckSearchOptions(options));
  FSC_RETURN_IF_ERROR(CheckSearchedPlanes(current, reference, layer));
  const MotionGeometry geometry = VirtualMotionGeometry(layer);
  if (Status status = CheckMotionGeometry(geometry, Limits(), "motion search"); !status.ok()) {
    return Usage(status.error().what, status.error().where);
  }
  if (options.range_px == 0) return MotionField(geometry);

  std::vector<PlaneView<const int16_t>> now;
  std::vector<PlaneView<const int16_t>> before;
  std::vector<CellGrey> greys;
  for (const size_t i : BusiestPlanes(current)) {
    now.push_back(current[i]);
    before.push_back(reference[i]);
    greys.push_back(CellGreyOf(current[i]));
  }
  std::deque<CellPicture> pictures;  // whose elements stay where they are
  std::deque<CellReference> references;
  std::vector<Plane<int16_t>> halves_now;
  std::vector<Plane<int16_t>> halves_before;
  SearchLevelList levels;
  for (int i = 0; i < kLevels; ++i) {
    if (i > 0) {
      if (std::min(now[0].width, now[0].height) < 2 * kSmallestLevelCells) break;
      // Views of the last level's halves are read before those go.
      std::vector<Plane<int16_t>> next_now = Halves(now);
      std::vector<Plane<int16_t>> next_before = Halves(before);
      halves_now = std::move(next_now);
      halves_before = std::move(next_before);
      now = ViewsOf(halves_now);
      before = ViewsOf(halves_before);
    }
    const int leaves_x = i == 0 ? geometry.leaves_x() : LeavesOf(now[0].width);
    const int leaves_y = i == 0 ? geometry.leaves_y() : LeavesOf(now[0].height);
    pictures.emplace_back(now, greys, leaves_x, leaves_y);
    references.emplace_back(CellPicture(before, greys, leaves_x, leaves_y));
    levels.push_back(std::make_unique<CellLevel>(&pictures.back(), &references.back(), int(greys.size())));
  }
  return SearchField(levels, geometry, options);
}

}  // namespace fsc
