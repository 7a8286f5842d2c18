#include "motion/motion_planes.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "motion/enlarge.h"
#include "motion/field_from_pictures.h"

namespace fsc {
namespace {

constexpr size_t kSearchedPlanes = 8;
constexpr int kVirtualCellPx = 8;  // field pixels per cell that the virtual picture aims at

// Squared differences between neighbours: what a search can hold on to.
double Activity(PlaneView<const int16_t> plane) {
  double sum = 0;
  for (int y = 0; y < plane.height; ++y) {
    const int16_t* row = plane.row(y);
    const int16_t* below = plane.row(std::min(y + 1, plane.height - 1));
    for (int x = 0; x < plane.width; ++x) {
      const double across = row[std::min(x + 1, plane.width - 1)] - row[x];
      const double down = below[x] - row[x];
      sum += across * across + down * down;
    }
  }
  return sum;
}

}  // namespace

MotionGeometry VirtualMotionGeometry(const LayerSpec& layer) {
  const int unit_px = std::max(1, layer.stride_px / kVirtualCellPx);
  const auto extent = [&](int cells) {
    const int64_t last_px16 = int64_t{16} * layer.stride_px * cells + std::max(0, layer.phase_px16);
    return int(std::clamp<int64_t>((last_px16 + 16 * unit_px - 1) / (16 * unit_px), 1, Limits().max_picture_size_px));
  };
  return {extent(layer.width_cells), extent(layer.height_cells), unit_px};
}

Result<MotionField> EstimateMotionFromPlanes(std::span<const PlaneView<const int16_t>> current,
                                             std::span<const PlaneView<const int16_t>> reference,
                                             const LayerSpec& layer, const MotionSearchOptions& options) {
  FSC_RETURN_IF_ERROR(CheckSearchOptions(options));
  if (current.empty() || current.size() != reference.size())
    return Usage("motion search between different numbers of planes");
  for (const auto& planes : {current, reference}) {
    for (const PlaneView<const int16_t>& plane : planes) {
      if (plane.data == nullptr || plane.width != layer.width_cells || plane.height != layer.height_cells) {
        return Usage("motion search between planes of another size than their layer");
      }
    }
  }
  const MotionGeometry geometry = VirtualMotionGeometry(layer);
  if (Status status = CheckMotionGeometry(geometry, Limits(), "motion search"); !status.ok()) {
    return Usage(status.error().what, status.error().where);
  }
  if (options.range_px == 0) return MotionField(geometry);

  std::vector<std::pair<double, size_t>> by_activity;
  for (size_t i = 0; i < current.size(); ++i) by_activity.emplace_back(-Activity(current[i]), i);
  std::stable_sort(by_activity.begin(), by_activity.end());
  by_activity.resize(std::min(by_activity.size(), kSearchedPlanes));

  const Enlargement enlargement(layer, geometry);
  std::vector<std::optional<PicturePyramid>> current_pyramids(by_activity.size());
  std::vector<std::optional<PicturePyramid>> reference_pyramids(by_activity.size());
  RunOnPool(options.pool, int(by_activity.size()), [&](int rank) {
    const size_t i = by_activity[rank].second;
    const ToGrey to_grey = GreyOf(current[i], reference[i]);
    current_pyramids[rank].emplace(enlargement.Picture(current[i], to_grey).view());
    reference_pyramids[rank].emplace(enlargement.Picture(reference[i], to_grey).view());
  });
  std::vector<const PicturePyramid*> currents;
  std::vector<const PicturePyramid*> references;
  for (size_t rank = 0; rank < by_activity.size(); ++rank) {
    currents.push_back(&*current_pyramids[rank]);
    references.push_back(&*reference_pyramids[rank]);
  }
  return SearchField(SearchLevels(currents, references, options.range_px), geometry, options);
}

}  // namespace fsc
